package dev.platter.wrap;

import java.io.IOException;

/** So many of the next bytes of an archive. */
final class ZipPart extends Unpacked {
  private final PackedInput input;
  private long left;

  ZipPart(PackedInput input, long length) {
    this.input = input;
    this.left = length;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (left == 0) {
      return length == 0 ? 0 : -1;
    }
    int count = (int) Math.min(length, left);
    input.readFully(target, offset, count);
    left -= count;
    return count;
  }

  /** Goes to the end, which a decoder need not have seen. */
  void skipRest() throws IOException {
    input.skip(left);
    left = 0;
  }

  /** The archive goes on behind this. */
  @Override
  public void close() {}
}
