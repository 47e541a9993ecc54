package dev.platter.wrap;

import dev.platter.image.wrap.Wrapping;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4FrameOutputStream;
import net.jpountz.xxhash.XXHashFactory;

/** {@code lz4}: what lz4 makes. */
public final class Lz4Wrapping implements Wrapping {
  /** From this level on lz4 looks for better matches. */
  private static final int HIGH = 3;

  /** Found by {@link java.util.ServiceLoader}. */
  public Lz4Wrapping() {}

  @Override
  public String name() {
    return "lz4";
  }

  @Override
  public boolean matches(MemorySegment head) {
    return Magic.behindSkippable(head) == Lz4Frames.MAGIC;
  }

  @Override
  public InputStream unwrap(InputStream packed) {
    return new Lz4Frames(packed);
  }

  @Override
  public Optional<Levels> levels() {
    return Optional.of(new Levels(1, 1, 12));
  }

  @Override
  public OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads)
      throws IOException {
    LZ4Factory factory = LZ4Factory.safeInstance();
    return new LZ4FrameOutputStream(
        target,
        LZ4FrameOutputStream.BLOCKSIZE.SIZE_4MB,
        -1,
        level < HIGH ? factory.fastCompressor() : factory.highCompressor(level),
        XXHashFactory.safeInstance().hash32(),
        LZ4FrameOutputStream.FLG.Bits.BLOCK_INDEPENDENCE,
        LZ4FrameOutputStream.FLG.Bits.CONTENT_CHECKSUM);
  }
}
