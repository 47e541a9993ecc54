package dev.platter.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Edits of a file, each of eight bytes: what is done (1), where (3), and a value (4). A few of them
 * say more of what a format's reader does than as many bytes anywhere: numbers change as a whole,
 * and become others that the file has.
 */
final class Edits {
  private static final int SIZE = 8;
  private static final int MOST = 16;

  private Edits() {}

  /**
   * The file with the edits that {@code input} holds from {@code at} on, at most {@value #MOST};
   * the given bytes stay as they are.
   */
  static byte[] applied(byte[] file, byte[] input, int at) {
    byte[] edited = file.clone();
    ByteBuffer edits = ByteBuffer.wrap(input).order(ByteOrder.LITTLE_ENDIAN).position(at);
    for (int i = 0; i < MOST && edits.remaining() >= SIZE && edited.length >= SIZE; i++) {
      long edit = edits.getLong();
      edited = apply(edited, (int) edit & 0xFF, (int) (edit >> 8) & 0xFFFFFF, (int) (edit >>> 32));
    }
    return edited;
  }

  private static byte[] apply(byte[] file, int action, int where, int value) {
    ByteOrder order = (action & 1) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    int at = where % (file.length - SIZE + 1);
    ByteBuffer bytes = ByteBuffer.wrap(file).order(order);
    switch (action >> 1 & 7) {
      case 0 -> bytes.put(at, (byte) value);
      case 1 -> bytes.putShort(at, (short) value);
      case 2 -> bytes.putInt(at, value);
      case 3 -> bytes.putLong(at, value);
      case 4 -> bytes.putLong(at, bytes.getLong(at) + value);
      case 5 -> bytes.putLong(at, 1L << (value & 63));
      case 6 -> bytes.putLong(at, bytes.getLong((value & 0xFFFFFF) % (file.length - SIZE + 1)));
      default -> {
        return Arrays.copyOf(file, at + 1);
      }
    }
    return file;
  }
}
