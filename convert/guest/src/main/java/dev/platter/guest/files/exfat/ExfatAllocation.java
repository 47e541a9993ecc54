package dev.platter.guest.files.exfat;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;

/**
 * Where the bytes of something lie, as directory entries of several types say it ("exFAT file
 * system specification", 6.3).
 *
 * @param first the first cluster; 0: there is none
 * @param length bytes
 * @param valid how many of these were written
 * @param inOneRow whether its clusters follow one another, and have no chain
 */
record ExfatAllocation(long first, long length, long valid, boolean inOneRow) {
  private static final int POSSIBLE = 1;
  private static final int NO_CHAIN = 2;

  /** Of a bitmap or an up-case table, which have no flags. */
  static ExfatAllocation ofTable(Bytes entry) throws CorruptImageException {
    long length = entry.u63(24);
    return new ExfatAllocation(entry.u32(20), length, length, false);
  }

  /** Of a secondary entry that is none of a file's own bytes; of none if its flags say so. */
  static ExfatAllocation ofOther(Bytes entry) throws CorruptImageException {
    return (entry.u8(1) & POSSIBLE) == 0
        ? new ExfatAllocation(0, 0, 0, true)
        : of(entry, entry.u63(24));
  }

  /** Of a stream extension entry. */
  static ExfatAllocation ofStream(Bytes entry) throws CorruptImageException {
    long valid = entry.u63(8);
    entry.require(
        valid <= entry.u63(24), valid + " bytes were written of " + entry.u63(24) + " bytes");
    return of(entry, valid);
  }

  private static ExfatAllocation of(Bytes entry, long valid) throws CorruptImageException {
    return new ExfatAllocation(entry.u32(20), entry.u63(24), valid, (entry.u8(1) & NO_CHAIN) != 0);
  }
}
