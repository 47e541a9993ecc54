package dev.platter.luks;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.SectorCipher;
import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * The disk behind a cipher, to be written to at its guest's offsets. A sector that is written in
 * part is read and written again as a whole: the caller sees that nobody else does so.
 */
final class PlainDisk extends WritableStorage {
  private static final int BUFFER = 256 << 10;
  private static final int PAGE = 4096;

  private final WritableStorage below;
  private final LuksImage.Plain disk;
  private final int sector;
  private final ConcurrentLinkedDeque<Worker> idle = new ConcurrentLinkedDeque<>();

  /** What one thread needs at a time. */
  private record Worker(SectorCipher cipher, MemorySegment buffer) {
    static Worker of(DiskCipher cipher) {
      return new Worker(cipher.newSectorCipher(), Arena.ofAuto().allocate(BUFFER, PAGE));
    }
  }

  PlainDisk(WritableStorage below, LuksImage.Plain disk) {
    super(below.name());
    this.below = below;
    this.disk = disk;
    this.sector = disk.cipher().sectorSize();
  }

  @Override
  public long size() {
    return disk.size();
  }

  @Override
  public void truncate(long size) {
    throw new UnsupportedOperationException(name() + ": the size of a disk stays");
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return false;
  }

  @Override
  public void sync() throws IOException {
    below.sync();
  }

  @Override
  protected long readSome(long offset, MemorySegment target) {
    throw new UnsupportedOperationException(name() + ": is read by its map");
  }

  @Override
  protected long writeSome(long offset, MemorySegment source) throws IOException {
    Worker worker = lend();
    try {
      return put(worker, offset, source.byteSize(), source);
    } finally {
      idle.push(worker);
    }
  }

  @Override
  protected void zeroRange(long offset, long length) throws IOException {
    Worker worker = lend();
    try {
      for (long done = 0; done < length; ) {
        done += put(worker, offset + done, length - done, null);
      }
    } finally {
      idle.push(worker);
    }
  }

  /** A disk has all of its bytes. */
  @Override
  protected void allocateRange(long offset, long length) {}

  /**
   * Writes what fits into the buffer.
   *
   * @param source null: zeros
   * @return how many bytes that were
   */
  private long put(Worker worker, long offset, long length, MemorySegment source)
      throws IOException {
    long start = Sizes.roundDown(offset, sector);
    long count = Math.min(length, BUFFER - (offset - start));
    long end = Sizes.roundUp(offset + count, sector);
    MemorySegment bytes = worker.buffer().asSlice(0, end - start);
    boolean cutFirst = offset > start || count < sector;
    boolean cutLast = offset + count < end && end - sector > start;
    if (cutFirst) {
      load(worker, start, bytes.asSlice(0, sector));
    }
    if (cutLast) {
      load(worker, end - sector, bytes.asSlice(end - start - sector));
    }
    MemorySegment part = bytes.asSlice(offset - start, count);
    if (source == null) {
      part.fill((byte) 0);
    } else {
      part.copyFrom(source.asSlice(0, count));
    }
    worker.cipher().encrypt(disk.cipherStart() + start, bytes);
    below.write(disk.start() + start, bytes);
    return count;
  }

  /** What the file lacks at its end was never written. */
  private void load(Worker worker, long offset, MemorySegment bytes) throws IOException {
    long count = below.read(disk.start() + offset, bytes);
    bytes.asSlice(count).fill((byte) 0);
    worker.cipher().decrypt(disk.cipherStart() + offset, bytes);
  }

  private Worker lend() {
    Worker worker = idle.poll();
    return worker == null ? Worker.of(disk.cipher()) : worker;
  }

  @Override
  public void close() {}
}
