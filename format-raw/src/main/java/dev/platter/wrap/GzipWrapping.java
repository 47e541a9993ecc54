package dev.platter.wrap;

import dev.platter.image.wrap.Wrapping;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code gz}: what gzip makes. */
public final class GzipWrapping implements Wrapping {
  private static final int RESERVED_FLAGS = 0xe0;

  /** Found by {@link java.util.ServiceLoader}. */
  public GzipWrapping() {}

  @Override
  public String name() {
    return "gz";
  }

  @Override
  public boolean matches(MemorySegment head) {
    return head.byteSize() > 3
        && at(head, 0) == GzipStream.ID1
        && at(head, 1) == GzipStream.ID2
        && at(head, 2) == GzipStream.CM_DEFLATE
        && (at(head, 3) & RESERVED_FLAGS) == 0;
  }

  private static int at(MemorySegment head, long offset) {
    return head.get(ValueLayout.JAVA_BYTE, offset) & 0xff;
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new GzipStream(packed);
  }

  @Override
  public Optional<Levels> levels() {
    return Optional.of(new Levels(1, 6, 9));
  }

  @Override
  public OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads) {
    return new GzipOutput(target, level, threads);
  }
}
