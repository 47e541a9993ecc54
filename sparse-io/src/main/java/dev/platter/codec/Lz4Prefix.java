package dev.platter.codec;

/**
 * Decodes an LZ4 block ("LZ4 Block Format Description") until it ends or the target is full, which
 * may be in the middle of a sequence: what the library does not do.
 */
final class Lz4Prefix {
  private static final int SHORTEST_MATCH = 4;
  private static final int LONG = 15;

  private final byte[] source;
  private final byte[] target;
  private int in;
  private int out;

  Lz4Prefix(byte[] source, byte[] target) {
    this.source = source;
    this.target = target;
  }

  /** Returns how many bytes there are. */
  int decode() throws CodecException {
    while (out < target.length && in < source.length) {
      int token = next();
      copyLiterals(length(token >> 4));
      if (out < target.length && in < source.length) { // the last sequence has no match
        int distance = next() | next() << 8;
        copyMatch(distance, length(token & LONG) + SHORTEST_MATCH);
      }
    }
    return out;
  }

  private int next() throws CodecException {
    if (in >= source.length) {
      throw new CodecException("lz4 block ends early");
    }
    return source[in++] & 0xFF;
  }

  /** No sum can overflow: each byte of the block adds at most 255. */
  private int length(int first) throws CodecException {
    int length = first;
    for (int more = first == LONG ? 0xFF : 0; more == 0xFF; ) {
      more = next();
      length = Math.min(length + more, Integer.MAX_VALUE / 2);
    }
    return length;
  }

  private void copyLiterals(int length) throws CodecException {
    int count = Math.min(length, target.length - out);
    if (count > source.length - in) {
      throw new CodecException("lz4 block ends within its literals");
    }
    System.arraycopy(source, in, target, out, count);
    in += count;
    out += count;
  }

  private void copyMatch(int distance, int length) throws CodecException {
    if (distance == 0 || distance > out) {
      throw new CodecException("lz4 block points out of what it holds");
    }
    int end = out + Math.min(length, target.length - out);
    while (out < end) {
      target[out] = target[out - distance];
      out++;
    }
  }
}
