package dev.platter.guest.files;

/** Bytes in memory: what a structure holds itself, or what was decompressed. */
public final class ArraySource extends Source {
  private final byte[] bytes;

  public ArraySource(String name, byte[] bytes, Budget budget) {
    super(name, bytes.length, budget);
    this.bytes = bytes;
  }

  @Override
  protected void fill(long offset, byte[] target, int at, int length) {
    System.arraycopy(bytes, (int) offset, target, at, length);
  }
}
