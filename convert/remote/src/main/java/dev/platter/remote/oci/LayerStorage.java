package dev.platter.remote.oci;

import dev.platter.archive.TarHeader;
import dev.platter.image.spi.EndsStorage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.remote.PartStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The file of a new image within the layer that it becomes: as it is, or in a tar archive, whose
 * headers stand before it. Notes how it begins and ends, which tells what it is.
 */
final class LayerStorage extends WritableStorage {
  private static final int TAIL_BYTES = 4096;
  private static final String DIRECTORY = "disk/";
  private static final String FILE = "disk/disk.img";
  private static final char IS_DIRECTORY = '5';
  private static final char IS_FILE = '0';

  /** Archives end at a multiple of this, after at least two blocks of zeros. */
  private static final long RECORD = 20L * TarHeader.BLOCK;

  private final PartStorage layer;
  private final boolean inArchive;
  private final byte[] head = new byte[ImageFormat.HEAD_BYTES];
  private byte[] tail = new byte[0];
  private long start;
  private long expected = -1;

  /**
   * @param layer closed by its owner
   */
  LayerStorage(PartStorage layer, boolean inArchive) {
    super(layer.name());
    this.layer = layer;
    this.inArchive = inArchive;
  }

  /** How many bytes there will be: an archive says so before them. */
  synchronized void expect(long size) throws IOException {
    if (!inArchive || expected >= 0) {
      return;
    }
    expected = size;
    byte[] directory = new TarHeader(DIRECTORY, 0, IS_DIRECTORY).toGnuBlock(0);
    layer.write(0, MemorySegment.ofArray(directory));
    byte[] file = new TarHeader(FILE, size, IS_FILE).toGnuBlock(0);
    layer.write(directory.length, MemorySegment.ofArray(file));
    start = layer.size();
  }

  private void requireExpected() throws IOException {
    if (inArchive && expected < 0) {
      throw new IOException(
          name()
              + ": the size of a containerDisk's file must be known before its bytes;"
              + " as=artifact takes what is compressed");
    }
  }

  /** Ends the archive. */
  synchronized void finish() throws IOException {
    requireExpected();
    if (inArchive) {
      if (size() != expected) {
        throw new IOException(
            "%s: %d bytes were written, and %d announced".formatted(name(), size(), expected));
      }
      long blocks = Math.ceilDiv(layer.size(), (long) TarHeader.BLOCK) + 2;
      layer.truncate(Math.ceilDiv(blocks * TarHeader.BLOCK, RECORD) * RECORD);
    }
  }

  /** What is known of the file, for those who tell formats; its middle has passed. */
  synchronized Storage ends() {
    long size = inArchive ? expected : layer.size();
    MemorySegment known = MemorySegment.ofArray(head);
    return new EndsStorage(
        name(), known.asSlice(0, Math.min(size, head.length)), MemorySegment.ofArray(tail), size);
  }

  private void note(long offset, MemorySegment bytes) {
    if (offset < head.length) {
      long count = Math.min(bytes.byteSize(), head.length - offset);
      MemorySegment.copy(bytes, 0, MemorySegment.ofArray(head), offset, count);
    }
    long fresh = Math.min(TAIL_BYTES, bytes.byteSize());
    long kept = Math.min(tail.length, TAIL_BYTES - fresh);
    byte[] next = new byte[(int) (kept + fresh)];
    System.arraycopy(tail, (int) (tail.length - kept), next, 0, (int) kept);
    MemorySegment.copy(bytes, bytes.byteSize() - fresh, MemorySegment.ofArray(next), kept, fresh);
    tail = next;
  }

  private void noteZeros(long length) {
    if (length > 0) {
      note(head.length, MemorySegment.ofArray(new byte[(int) Math.min(TAIL_BYTES, length)]));
    }
  }

  @Override
  public synchronized long size() {
    return layer.size() - start;
  }

  @Override
  public synchronized void truncate(long size) throws IOException {
    requireExpected();
    noteZeros(size - size());
    layer.truncate(start + size);
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return true;
  }

  @Override
  public void sync() throws IOException {
    layer.sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    throw new IOException(name() + ": what is being sent cannot be read");
  }

  @Override
  protected synchronized long writeSome(long offset, MemorySegment source) throws IOException {
    requireExpected();
    noteZeros(offset - size());
    layer.write(start + offset, source);
    note(offset, source);
    return source.byteSize();
  }

  @Override
  protected synchronized void zeroRange(long offset, long length) throws IOException {
    requireExpected();
    noteZeros(offset + length - size());
    layer.zero(start + offset, length);
  }

  @Override
  protected synchronized void allocateRange(long offset, long length) throws IOException {
    zeroRange(offset, length);
  }

  @Override
  public void close() {
    layer.close();
  }
}
