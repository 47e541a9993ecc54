package dev.platter.ova;

import dev.platter.archive.TarHeader;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;

/**
 * The disk's file inside the tar, as the disk's own writer sees it: bytes that come in order, from
 * offset 0 on. Their digest is taken as they pass; where a chunk is full, room is left for the next
 * one's header. Bytes that the engine carries are only given their place here.
 */
final class DiskMember extends WritableStorage {
  private static final int ZEROS = 1 << 16;

  private final WritableStorage tar;
  private final long start;
  private final long chunkSize;
  private final List<byte[]> digests = new ArrayList<>();
  private MessageDigest digest = OvaWriter.sha256();
  private long position;

  /**
   * @param tar what it lies in
   * @param start where its first byte lies there
   */
  DiskMember(String name, WritableStorage tar, long start, long chunkSize) {
    super(name);
    this.tar = tar;
    this.start = start;
    this.chunkSize = chunkSize;
  }

  /** How many bytes it has. */
  @Override
  public long size() {
    return position;
  }

  /** Where in the tar a byte of this file lies. */
  long place(long offset) {
    return start + offset + offset / chunkSize * TarHeader.BLOCK;
  }

  /** Where in the tar the file ends: with its last byte, not with room for another chunk. */
  long end() {
    return position == 0 ? start : place(position - 1) + 1;
  }

  /** The digest of each chunk; nothing can be written afterwards. */
  List<byte[]> digests() {
    if (digest != null && (digests.isEmpty() || position % chunkSize != 0)) {
      digests.add(digest.digest());
    }
    digest = null;
    return digests;
  }

  /** Gives bytes that are about to be written their places, which may be two. */
  void place(Placement placement, List<Placement> places) throws IOException {
    if (!(placement instanceof Placement.Write write) || write.storage() != this) {
      throw new IllegalStateException("a stream-optimized disk is written only");
    }
    pass(
        write.hostOffset(),
        write.bytes(),
        (at, part) -> places.add(new Placement.Write(tar, at, part)));
  }

  private interface Sink {
    void take(long at, MemorySegment bytes) throws IOException;
  }

  private void pass(long offset, MemorySegment bytes, Sink sink) throws IOException {
    if (offset < position) {
      throw new IOException(
          name() + ": bytes for 0x%x come after 0x%x".formatted(offset, position));
    }
    MemorySegment zeros = MemorySegment.NULL;
    while (position < offset) {
      if (zeros.byteSize() == 0) {
        zeros = MemorySegment.ofArray(new byte[(int) Math.min(ZEROS, offset - position)]);
      }
      take(zeros.asSlice(0, Math.min(zeros.byteSize(), offset - position)), sink);
    }
    take(bytes, sink);
  }

  private void take(MemorySegment bytes, Sink sink) throws IOException {
    for (long done = 0; done < bytes.byteSize(); ) {
      long length = Math.min(bytes.byteSize() - done, chunkSize - position % chunkSize);
      MemorySegment part = bytes.asSlice(done, length);
      digest.update(part.asByteBuffer());
      sink.take(place(position), part);
      position += length;
      done += length;
      if (position % chunkSize == 0) {
        digests.add(digest.digest());
      }
    }
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    pass(offset, source, tar::write);
    return source.byteSize();
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    byte[] zeros = new byte[(int) Math.min(ZEROS, length)];
    for (long done = 0; done < length; done += zeros.length) {
      long part = Math.min(zeros.length, length - done);
      pass(offset + done, MemorySegment.ofArray(zeros).asSlice(0, part), tar::write);
    }
  }

  @Override
  protected void allocateRange(long offset, long length) {}

  @Override
  public void truncate(long size) throws IOException {
    if (size > position) {
      zeroRange(position, size - position);
    }
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": a disk that is being written can not be read");
  }

  /** The tar is synchronised as a whole. */
  @Override
  public void sync() {}

  @Override
  public void close() {}
}
