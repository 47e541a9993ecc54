package dev.platter.guest.files;

/** Bytes in memory: what a structure holds itself, or what was decompressed. */
final class ArraySource extends Source {
  private final byte[] bytes;

  ArraySource(String name, byte[] bytes, Budget budget) {
    super(name, bytes.length, budget);
    this.bytes = bytes;
  }

  @Override
  void fill(long offset, byte[] target, int at, int length) {
    System.arraycopy(bytes, (int) offset, target, at, length);
  }
}
