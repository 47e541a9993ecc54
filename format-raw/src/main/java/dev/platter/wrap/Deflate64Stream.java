package dev.platter.wrap;

import java.io.IOException;

/**
 * Deflate64 (method 9 of zip, APPNOTE 4.4.5): deflate (RFC 1951) with a window of 64 KiB, distances
 * up to it, and matches of up to 64 KiB. It ends by itself, and takes no byte more.
 */
final class Deflate64Stream extends Unpacked {
  private static final int WINDOW = 1 << 16;
  private static final int END_OF_BLOCK = 256;
  private static final int LENGTHS = 286;
  private static final int DISTANCES = 32;

  /** In which order the lengths of the codes of lengths come. */
  private static final int[] ORDER = {
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15
  };

  private static final int[] LENGTH_BASE = new int[LENGTHS - END_OF_BLOCK - 1];
  private static final int[] LENGTH_BITS = new int[LENGTH_BASE.length];
  private static final int[] DISTANCE_BASE = new int[DISTANCES];
  private static final int[] DISTANCE_BITS = new int[DISTANCES];

  private static final Deflate64Codes FIXED_LENGTHS;
  private static final Deflate64Codes FIXED_DISTANCES;

  static {
    int base = 3;
    for (int i = 0; i < LENGTH_BASE.length - 1; i++) {
      LENGTH_BASE[i] = base;
      LENGTH_BITS[i] = i < 4 ? 0 : i / 4 - 1;
      base += 1 << LENGTH_BITS[i];
    }
    LENGTH_BASE[LENGTH_BASE.length - 1] = 3; // in deflate this code means 258
    LENGTH_BITS[LENGTH_BASE.length - 1] = 16;
    base = 1;
    for (int i = 0; i < DISTANCES; i++) {
      DISTANCE_BASE[i] = base;
      DISTANCE_BITS[i] = i < 2 ? 0 : i / 2 - 1;
      base += 1 << DISTANCE_BITS[i];
    }
    byte[] lengths = new byte[288];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = (byte) (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8);
    }
    byte[] distances = new byte[DISTANCES];
    java.util.Arrays.fill(distances, (byte) 5);
    try {
      FIXED_LENGTHS = new Deflate64Codes(lengths, 0, lengths.length);
      FIXED_DISTANCES = new Deflate64Codes(distances, 0, DISTANCES);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private final PackedInput input;
  private final byte[] window = new byte[WINDOW];
  private int at;
  private long written;
  private int bits;
  private int count;

  private boolean inBlock;
  private boolean last;
  private boolean ended;
  private int stored;
  private int match;
  private int distance;
  private Deflate64Codes lengths;
  private Deflate64Codes distances;

  Deflate64Stream(PackedInput input) {
    this.input = input;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int done = 0;
    while (done < length && !ended) {
      if (match > 0) {
        put(target, offset + done++, window[at - distance & WINDOW - 1]);
        match--;
      } else if (stored > 0) {
        put(target, offset + done++, (byte) take(Byte.SIZE));
        stored--;
      } else if (!inBlock) {
        beginBlock();
      } else {
        int symbol = lengths == null ? END_OF_BLOCK : symbol(lengths);
        if (symbol < END_OF_BLOCK) {
          put(target, offset + done++, (byte) symbol);
        } else if (symbol == END_OF_BLOCK) {
          inBlock = false;
          ended = last;
        } else {
          beginMatch(symbol - END_OF_BLOCK - 1);
        }
      }
    }
    return done == 0 && length > 0 ? -1 : done;
  }

  private void put(byte[] target, int place, byte value) {
    target[place] = value;
    window[at] = value;
    at = at + 1 & WINDOW - 1;
    written++;
  }

  private void beginBlock() throws IOException {
    if (last) {
      ended = true;
      return;
    }
    last = take(1) != 0;
    inBlock = true;
    switch (take(2)) {
      case 0 -> beginStored();
      case 1 -> {
        lengths = FIXED_LENGTHS;
        distances = FIXED_DISTANCES;
      }
      case 2 -> readCodes();
      default -> throw new IOException("deflate64: a block of the type 3, which there is not");
    }
  }

  private void beginStored() throws IOException {
    take(count % Byte.SIZE);
    int length = take(16);
    int complement = take(16);
    if ((length ^ complement) != 0xffff) {
      throw new IOException("deflate64: the length of a stored block is damaged");
    }
    stored = length;
    lengths = null;
  }

  private void readCodes() throws IOException {
    int lengthCount = take(5) + 257;
    int distanceCount = take(5) + 1;
    int orderCount = take(4) + 4;
    if (lengthCount > LENGTHS) {
      throw new IOException("deflate64: " + lengthCount + " codes of lengths, at most " + LENGTHS);
    }
    byte[] order = new byte[ORDER.length];
    for (int i = 0; i < orderCount; i++) {
      order[ORDER[i]] = (byte) take(3);
    }
    Deflate64Codes meta = new Deflate64Codes(order, 0, order.length);
    byte[] all = new byte[lengthCount + distanceCount];
    for (int i = 0; i < all.length; ) {
      int symbol = symbol(meta);
      if (symbol < 16) {
        all[i++] = (byte) symbol;
        continue;
      }
      if (symbol == 16 && i == 0) {
        throw new IOException("deflate64: the first length of a code repeats nothing");
      }
      byte value = symbol == 16 ? all[i - 1] : 0;
      int times = symbol == 16 ? 3 + take(2) : symbol == 17 ? 3 + take(3) : 11 + take(7);
      if (times > all.length - i) {
        throw new IOException("deflate64: more lengths of codes than there are codes");
      }
      java.util.Arrays.fill(all, i, i + times, value);
      i += times;
    }
    lengths = new Deflate64Codes(all, 0, lengthCount);
    distances = new Deflate64Codes(all, lengthCount, distanceCount);
  }

  private void beginMatch(int code) throws IOException {
    if (code >= LENGTH_BASE.length) {
      throw new IOException("deflate64: no length has the code " + code);
    }
    int length = LENGTH_BASE[code] + take(LENGTH_BITS[code]);
    int far = symbol(distances);
    distance = DISTANCE_BASE[far] + take(DISTANCE_BITS[far]);
    if (distance > written) {
      throw new IOException(
          "deflate64: a match " + distance + " bytes back, of " + written + " there are");
    }
    match = length;
  }

  /**
   * The next symbol; the codes are no longer than 15 bits, and the bits of the first come first.
   */
  private int symbol(Deflate64Codes codes) throws IOException {
    while (true) {
      int found = codes.find(bits, count);
      if (found >= 0) {
        int length = found & 15;
        bits >>>= length;
        count -= length;
        return found >>> 4;
      }
      more();
    }
  }

  private int take(int length) throws IOException {
    while (count < length) {
      more();
    }
    int value = bits & (1 << length) - 1;
    bits >>>= length;
    count -= length;
    return value;
  }

  private void more() throws IOException {
    if (count > 24) {
      throw new IOException("deflate64: bits that are no code");
    }
    bits |= input.next() << count;
    count += Byte.SIZE;
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
