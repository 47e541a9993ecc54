package dev.platter.wrap;

import dev.platter.codec.bzip2.Bzip2Stream;
import dev.platter.image.wrap.Wrapping;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** {@code bz2}: what bzip2 makes; only read. */
public final class Bzip2Wrapping implements Wrapping {
  private static final byte[] BLOCK = {0x31, 0x41, 0x59, 0x26, 0x53, 0x59};
  private static final byte[] END = {0x17, 0x72, 0x45, 0x38, 0x50, (byte) 0x90};

  /** Found by {@link java.util.ServiceLoader}. */
  public Bzip2Wrapping() {}

  @Override
  public String name() {
    return "bz2";
  }

  @Override
  public boolean matches(MemorySegment head) {
    if (head.byteSize() < 4 + BLOCK.length) {
      return false;
    }
    byte[] bytes = head.asSlice(0, 4 + BLOCK.length).toArray(ValueLayout.JAVA_BYTE);
    boolean magic = (bytes[0] << 16 | bytes[1] << 8 | bytes[2]) == Bzip2Stream.MAGIC;
    return magic
        && bytes[3] >= '1'
        && bytes[3] <= '9'
        && (follows(bytes, BLOCK) || follows(bytes, END));
  }

  private static boolean follows(byte[] bytes, byte[] expected) {
    return java.util.Arrays.equals(bytes, 4, 4 + expected.length, expected, 0, expected.length);
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new Bzip2Stream(packed);
  }
}
