package dev.platter.wrap;

import dev.platter.image.Wrapping;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;

/** {@code zip}: an archive with one file in it; only read. */
public final class ZipWrapping implements Wrapping {
  /** Found by {@link java.util.ServiceLoader}. */
  public ZipWrapping() {}

  @Override
  public String name() {
    return "zip";
  }

  @Override
  public boolean matches(MemorySegment head) {
    return head.byteSize() >= Integer.BYTES && head.get(Magic.INT, 0) == ZipStream.LOCAL;
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new ZipStream(packed);
  }
}
