package dev.platter.guest.files;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;

/** A map of bits as file systems have them: the lowest of a byte comes first; set: in use. */
public final class Bits {
  private final byte[] bytes;
  private final long count;

  /**
   * @param bytes not copied; at least as many as hold {@code count} bits
   */
  public Bits(byte[] bytes, long count) {
    if (count < 0 || count > bytes.length * 8L) {
      throw new IllegalArgumentException(count + " bits in " + bytes.length + " bytes");
    }
    this.bytes = bytes;
    this.count = count;
  }

  /** How many there are. */
  public long count() {
    return count;
  }

  public boolean isSet(long bit) {
    return (bytes[(int) (bit >>> 3)] >> (bit & 7) & 1) != 0;
  }

  /** Whether all bits of a range are set; what lies outside is not. */
  public boolean areSet(long from, long length) {
    if (from < 0 || length < 0 || from > count - length) {
      return false;
    }
    for (long bit = from; bit < from + length; bit++) {
      if ((bit & 7) == 0 && bit + 8 <= from + length && bytes[(int) (bit >>> 3)] == -1) {
        bit += 7;
      } else if (!isSet(bit)) {
        return false;
      }
    }
    return true;
  }

  /** How many are not set. */
  public long clear() {
    long clear = 0;
    for (int i = 0; i < count / 8; i++) {
      clear += 8 - Integer.bitCount(bytes[i] & 0xFF);
    }
    for (long bit = count / 8 * 8; bit < count; bit++) {
      clear += isSet(bit) ? 0 : 1;
    }
    return clear;
  }

  /** Takes each run of bits that are not set. */
  public interface Runs {
    void run(long first, long length) throws IOException;
  }

  /** Hands out the runs of bits that are not set, in order. */
  public void clearRuns(Runs runs) throws IOException {
    long start = -1;
    for (long bit = 0; bit < count; bit++) {
      if ((bit & 7) == 0 && bit + 8 <= count) { // most bytes are all the same
        byte whole = bytes[(int) (bit >>> 3)];
        if (whole == 0 && start >= 0 || whole == -1 && start < 0) {
          bit += 7;
          continue;
        }
      }
      if (!isSet(bit)) {
        start = start < 0 ? bit : start;
      } else if (start >= 0) {
        runs.run(start, bit - start);
        start = -1;
      }
    }
    if (start >= 0) {
      runs.run(start, count - start);
    }
  }

  /** Reads such a map from a file. */
  public static Bits read(Source file, long count, long most) throws IOException {
    long length = (count + 7) / 8;
    if (length > most || length > file.size()) {
      throw tooLarge(file, length, most);
    }
    byte[] bytes = new byte[(int) length];
    for (int at = 0; at < length; ) {
      int part = (int) Math.min(length - at, Source.MAX_READ);
      System.arraycopy(file.read(at, part).array(), 0, bytes, at, part);
      at += part;
    }
    return new Bits(bytes, count);
  }

  private static CorruptImageException tooLarge(Source file, long length, long most) {
    return Fault.on(file.name())
        .corrupt(
            "a map of "
                + length
                + " bytes; it has "
                + file.size()
                + ", and at most "
                + most
                + " are looked at");
  }
}
