package dev.platter.wrap;

import dev.platter.archive.TarHeader;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.wrap.Wrapping;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * {@code tar}: an archive with one disk in it. What is made is what Google's import takes: GNU's
 * own form, and in it {@code disk.raw}.
 */
public final class TarWrapping implements Wrapping {
  private static final String MEMBER = "disk.raw";
  private static final int ONLY_LEVEL = 0;

  /** Found by {@link java.util.ServiceLoader}. */
  public TarWrapping() {}

  @Override
  public String name() {
    return "tar";
  }

  /** An archive whose first file is an envelope is an appliance, which is a format. */
  @Override
  public boolean matches(MemorySegment head) {
    for (long at = 0; at + TarHeader.BLOCK <= head.byteSize(); ) {
      byte[] block = head.asSlice(at, TarHeader.BLOCK).toArray(ValueLayout.JAVA_BYTE);
      Optional<TarHeader> header = TarHeader.parse(block);
      if (header.isEmpty()) {
        return at > 0;
      }
      if (header.get().isFile()) {
        return !header.get().name().toLowerCase(Locale.ROOT).endsWith(".ovf");
      }
      if (header.get().size() > head.byteSize()) {
        return true;
      }
      at += TarHeader.BLOCK + Math.ceilDiv(header.get().size(), TarHeader.BLOCK) * TarHeader.BLOCK;
    }
    return head.byteSize() >= TarHeader.BLOCK;
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new TarStream(packed);
  }

  @Override
  public Optional<Levels> levels() {
    return Optional.of(new Levels(ONLY_LEVEL, ONLY_LEVEL, ONLY_LEVEL));
  }

  @Override
  public boolean needsSize() {
    return true;
  }

  @Override
  public OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads)
      throws IOException {
    return new TarOutput(
        target,
        MEMBER,
        size.orElseThrow(() ->
            new IllegalOptionException("A tar archive tells the size of a disk before its bytes")));
  }
}
