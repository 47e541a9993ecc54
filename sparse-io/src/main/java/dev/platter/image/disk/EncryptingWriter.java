package dev.platter.image.disk;

import dev.platter.cipher.SectorCipher;
import dev.platter.image.DiskEncryption;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Allocation.Content;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.ConcurrentLinkedDeque;

/** Encrypts sectors on their way, once it is known where they go: some ciphers count them there. */
final class EncryptingWriter implements PlaceWriter {
  private static final int BUFFER = 256 << 10;
  private static final int PAGE = 4096;

  private final DiskEncryption encryption;
  private final Disk disk;
  private final int sector;
  private final ConcurrentLinkedDeque<Worker> idle = new ConcurrentLinkedDeque<>();

  /** What one thread needs at a time. */
  private record Worker(SectorCipher cipher, MemorySegment buffer) {}

  EncryptingWriter(DiskEncryption encryption, Disk disk) {
    this.encryption = encryption;
    this.disk = disk;
    this.sector = encryption.cipher().sectorSize();
  }

  @Override
  public int unit() {
    return sector;
  }

  /** Zeros in the file are no zeros of the guest's. */
  @Override
  public Content seen(Content content) {
    return content == Content.ZEROS ? Content.ANYTHING : content;
  }

  @Override
  public void write(WritableStorage storage, long hostOffset, long guestOffset, MemorySegment bytes)
      throws IOException {
    put(storage, hostOffset - guestOffset, guestOffset, bytes.byteSize(), bytes);
  }

  @Override
  public void zero(WritableStorage storage, long hostOffset, long guestOffset, long length)
      throws IOException {
    put(storage, hostOffset - guestOffset, guestOffset, length, MemorySegment.NULL);
  }

  @Override
  public void fill(WritableStorage storage, long hostOffset, long guestOffset, long length)
      throws IOException {
    zero(storage, hostOffset, guestOffset, length);
  }

  /**
   * @param distance from where a byte lies on the disk to where it lies in the storage
   * @param source {@link MemorySegment#NULL}: zeros
   */
  private void put(
      WritableStorage storage, long distance, long offset, long length, MemorySegment source)
      throws IOException {
    Worker worker = idle.poll();
    if (worker == null) {
      worker =
          new Worker(encryption.cipher().newSectorCipher(), Arena.ofAuto().allocate(BUFFER, PAGE));
    }
    try {
      long end = offset + length;
      for (long at = offset; at < end; ) {
        long start = Sizes.roundDown(at, sector);
        long count = Math.min(end - at, BUFFER - (at - start));
        MemorySegment sectors =
            worker.buffer().asSlice(0, Sizes.roundUp(at + count, sector) - start);
        readWhatIsCut(start, at, at + count, sectors);
        MemorySegment part = sectors.asSlice(at - start, count);
        if (source.byteSize() == 0) {
          part.fill((byte) 0);
        } else {
          part.copyFrom(source.asSlice(at - offset, count));
        }
        long hostOffset = start + distance;
        worker.cipher().encrypt(encryption.cipherOffset(start, hostOffset), sectors);
        storage.write(hostOffset, sectors);
        at += count;
      }
    } finally {
      idle.push(worker);
    }
  }

  /** The first and the last sector, where not all of it is written. */
  private void readWhatIsCut(long start, long from, long end, MemorySegment sectors)
      throws IOException {
    if (from > start || end < start + sector) {
      disk.read(start, sectors.asSlice(0, sector));
    }
    long last = sectors.byteSize() - sector;
    if (last > 0 && end < start + sectors.byteSize()) {
      disk.read(start + last, sectors.asSlice(last));
    }
  }
}
