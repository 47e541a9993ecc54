package dev.platter.vhd;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which sectors of a differencing disk's blocks are in the file: a bit for each, the first sector
 * in the highest bit of the first byte. Keeps the bitmaps used last; any thread may ask.
 */
final class SectorBitmaps {
  private static final int SLOTS = 16;

  private final Storage storage;
  private final int bytes;
  private final Batmap batmap;
  private final AtomicReferenceArray<Held> held = new AtomicReferenceArray<>(SLOTS);

  private SectorBitmaps(Storage storage, int bytes, Batmap batmap) {
    this.storage = storage;
    this.bytes = bytes;
    this.batmap = batmap;
  }

  private record Held(long block, byte[] bits) {}

  /**
   * A run of sectors that are all in the file, or all not.
   *
   * @param end where it ends, bytes from the start of the block
   */
  record Run(boolean present, int end) {}

  static SectorBitmaps of(VhdHead head) throws IOException {
    int bits = head.header().blockSize() / VhdFormat.SECTOR_SIZE;
    return new SectorBitmaps(
        head.storage(), Math.ceilDiv(bits, Byte.SIZE), Batmap.read(head).orElse(null));
  }

  /**
   * The run that begins {@code from} bytes into a block.
   *
   * @param offset where the block's bitmap stands
   * @param end where the run ends at the latest, bytes from the start of the block
   */
  Run runAt(long block, long offset, int from, int end) throws IOException {
    if (batmap != null && batmap.isFull(block)) {
      return new Run(true, end);
    }
    byte[] bits = bitsOf(block, offset);
    int sector = from / VhdFormat.SECTOR_SIZE;
    int last = Math.ceilDiv(end, VhdFormat.SECTOR_SIZE);
    boolean present = isSet(bits, sector);
    byte same = (byte) (present ? 0xFF : 0);
    do {
      sector++;
      while (sector % Byte.SIZE == 0 && sector < last && bits[sector / Byte.SIZE] == same) {
        sector += Byte.SIZE;
      }
    } while (sector < last && isSet(bits, sector) == present);
    return new Run(present, Math.min(end, sector * VhdFormat.SECTOR_SIZE));
  }

  /** Marks sectors as being in the file. */
  static void set(byte[] bits, int from, int end) {
    int sector = from;
    while (sector < end) {
      if (sector % Byte.SIZE == 0 && end - sector >= Byte.SIZE) {
        bits[sector / Byte.SIZE] = (byte) 0xFF;
        sector += Byte.SIZE;
      } else {
        bits[sector / Byte.SIZE] |= (byte) (0x80 >>> sector % Byte.SIZE);
        sector++;
      }
    }
  }

  private static boolean isSet(byte[] bits, int sector) {
    return (bits[sector / Byte.SIZE] & 0x80 >>> sector % Byte.SIZE) != 0;
  }

  private byte[] bitsOf(long block, long offset) throws IOException {
    int slot = (int) (block % SLOTS);
    Held found = held.getAcquire(slot);
    if (found == null || found.block() != block) {
      byte[] bits = new byte[bytes];
      storage.readFully(offset, MemorySegment.ofArray(bits));
      found = new Held(block, bits);
      held.setRelease(slot, found);
    }
    return found.bits();
  }
}
