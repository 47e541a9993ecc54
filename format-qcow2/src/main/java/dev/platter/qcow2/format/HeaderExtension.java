package dev.platter.qcow2.format;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * One header extension: what follows the header until the backing file's name ("Header
 * extensions").
 *
 * @param type one of the constants here, or unknown and to be ignored
 * @param data its bytes without padding
 */
public record HeaderExtension(int type, MemorySegment data) {
  public static final int END = 0;
  public static final int BACKING_FORMAT = 0xe2792aca;
  public static final int FEATURE_NAMES = 0x6803f857;
  public static final int BITMAPS = 0x23852875;
  public static final int CRYPTO_HEADER = 0x0537be77;
  public static final int DATA_FILE_NAME = 0x44415441;

  /** The kinds that are known, all of which an image has once at most. */
  static final List<Integer> KNOWN =
      List.of(BACKING_FORMAT, FEATURE_NAMES, BITMAPS, CRYPTO_HEADER, DATA_FILE_NAME);

  /** Bytes of type and length before the data. */
  public static final int PREFIX_LENGTH = 8;

  /** Bytes that an extension with this much data takes, padding included. */
  public static long storedLength(long dataLength) {
    return PREFIX_LENGTH + ((dataLength + 7) & -8L);
  }

  /** Writes type, length, data and padding; answers the bytes taken. */
  public long writeTo(MemorySegment target) {
    long length = storedLength(data.byteSize());
    target.asSlice(0, length).fill((byte) 0);
    target.set(Qcow2Header.INT, 0, type);
    target.set(Qcow2Header.INT, 4, Math.toIntExact(data.byteSize()));
    MemorySegment.copy(data, 0, target, PREFIX_LENGTH, data.byteSize());
    return length;
  }
}
