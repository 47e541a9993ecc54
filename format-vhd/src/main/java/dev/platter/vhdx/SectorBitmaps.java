package dev.platter.vhdx;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Which sectors of partially present blocks are in the file (2.4): a bit for each, the first sector
 * in the lowest bit of the first byte. Keeps the bits used last; any thread may ask.
 */
final class SectorBitmaps {
  private static final int SLOTS = 16;

  private final Storage storage;
  private final DiskLayout layout;
  private final AtomicReferenceArray<Held> held = new AtomicReferenceArray<>(SLOTS);

  SectorBitmaps(Storage storage, DiskLayout layout) {
    this.storage = storage;
    this.layout = layout;
  }

  private record Held(long block, byte[] bits) {}

  /**
   * A run of sectors that are all in the file, or all not.
   *
   * @param end where it ends, bytes from the start of the block
   */
  record Run(boolean present, int end) {}

  /**
   * The run that begins {@code from} bytes into a payload block.
   *
   * @param bitmap where the sector bitmap block of its chunk stands
   * @param end where the run ends at the latest, bytes from the start of the block
   */
  Run runAt(long block, long bitmap, int from, int end) throws IOException {
    byte[] bits = bitsOf(block, bitmap);
    int sectorSize = layout.logicalSectorSize();
    int sector = from / sectorSize;
    int last = Math.ceilDiv(end, sectorSize);
    boolean present = isSet(bits, sector);
    byte same = (byte) (present ? 0xFF : 0);
    do {
      sector++;
      while (sector % Byte.SIZE == 0 && sector < last && bits[sector / Byte.SIZE] == same) {
        sector += Byte.SIZE;
      }
    } while (sector < last && isSet(bits, sector) == present);
    return new Run(present, (int) Math.min(end, (long) sector * sectorSize));
  }

  /** Marks sectors as being in the file. */
  static void set(byte[] bits, int from, int end) {
    int sector = from;
    while (sector < end) {
      if (sector % Byte.SIZE == 0 && end - sector >= Byte.SIZE) {
        bits[sector / Byte.SIZE] = (byte) 0xFF;
        sector += Byte.SIZE;
      } else {
        bits[sector / Byte.SIZE] |= (byte) (1 << sector % Byte.SIZE);
        sector++;
      }
    }
  }

  private static boolean isSet(byte[] bits, int sector) {
    return (bits[sector / Byte.SIZE] & 1 << sector % Byte.SIZE) != 0;
  }

  private byte[] bitsOf(long block, long bitmap) throws IOException {
    int slot = (int) (block % SLOTS);
    Held found = held.getAcquire(slot);
    if (found == null || found.block() != block) {
      byte[] bits = new byte[layout.sectorsPerBlock() / Byte.SIZE];
      storage.readFully(bitmap + layout.bitsOffset(block), MemorySegment.ofArray(bits));
      found = new Held(block, bits);
      held.setRelease(slot, found);
    }
    return found.bits();
  }
}
