package dev.platter.wrap;

import dev.platter.image.wrap.Wrapping;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;

/** {@code zip}: an archive with one file in it; only read. */
public final class ZipWrapping implements Wrapping {
  /** The shortest archive there is: an end record. */
  private static final int END_BYTES = 22;

  /** Found by {@link java.util.ServiceLoader}. */
  public ZipWrapping() {}

  @Override
  public String name() {
    return "zip";
  }

  @Override
  public boolean matches(MemorySegment head) {
    if (head.byteSize() < END_BYTES) {
      return false;
    }
    int first = head.get(Magic.INT, 0);
    return first == ZipStream.LOCAL
        || first == ZipStream.END && head.get(Magic.INT, Integer.BYTES) == 0 // an empty archive
        || first == ZipStream.ONE_PART && head.get(Magic.INT, Integer.BYTES) == ZipStream.LOCAL;
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new ZipStream(packed);
  }
}
