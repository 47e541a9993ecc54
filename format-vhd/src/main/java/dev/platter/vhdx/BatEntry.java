package dev.platter.vhdx;

/** The states and places that entries of the block allocation table hold (2.5.1). */
final class BatEntry {
  static final int PAYLOAD_BLOCK_NOT_PRESENT = 0;
  static final int PAYLOAD_BLOCK_UNDEFINED = 1;
  static final int PAYLOAD_BLOCK_ZERO = 2;
  static final int PAYLOAD_BLOCK_UNMAPPED = 3;

  /** What drafts before 1.0 called unmapped. */
  static final int PAYLOAD_BLOCK_UNMAPPED_DRAFT = 5;

  static final int PAYLOAD_BLOCK_FULLY_PRESENT = 6;
  static final int PAYLOAD_BLOCK_PARTIALLY_PRESENT = 7;
  static final int SB_BLOCK_PRESENT = 6;

  static final int LENGTH = 8;

  /** The unit of places in the file, bytes. */
  static final int MIB = 1 << 20;

  private static final int STATE = 7;

  private BatEntry() {}

  static int state(long entry) {
    return (int) entry & STATE;
  }

  /** The offset in the file; up to 2^64, so negative where it is beyond every file. */
  static long offset(long entry) {
    return entry & -MIB;
  }

  static long of(int state, long offset) {
    return offset | state;
  }
}
