package dev.platter.wrap;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import com.github.luben.zstd.ZstdOutputStreamNoFinalizer;
import dev.platter.codec.Codecs;
import dev.platter.codec.Encoding;
import dev.platter.image.Fault;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.wrap.Wrapping;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;

/** {@code zst}: what zstd makes. */
public final class ZstdWrapping implements Wrapping {
  /** Found by {@link java.util.ServiceLoader}. */
  public ZstdWrapping() {}

  @Override
  public String name() {
    return "zst";
  }

  @Override
  public boolean matches(MemorySegment head) {
    return Magic.behindSkippable(head) == ZstdFrames.MAGIC;
  }

  @Override
  public InputStream unwrap(InputStream packed) throws IOException {
    load();
    return new ZstdInputStreamNoFinalizer(packed);
  }

  /** Loads the library, or tells why it cannot be used: the file is not to blame. */
  static void load() throws UnsupportedFeatureException {
    try {
      Codecs.loadZstd();
    } catch (IllegalStateException e) {
      throw Fault.ofFormat("zst").unsupported(e.getMessage(), e);
    }
  }

  @Override
  public OptionalLong unwrappedSize(Storage packed) throws IOException {
    return ZstdFrames.size(packed);
  }

  @Override
  public Optional<Levels> levels() {
    return Optional.of(
        new Levels(
            Codecs.minLevel(Encoding.ZSTD),
            Codecs.defaultLevel(Encoding.ZSTD),
            Codecs.maxLevel(Encoding.ZSTD)));
  }

  /** Always by worker threads, one at least: without them zstd makes other bytes. */
  @Override
  public OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads)
      throws IOException {
    load();
    ZstdOutputStreamNoFinalizer stream = new ZstdOutputStreamNoFinalizer(target, level);
    stream.setChecksum(true);
    stream.setWorkers(Math.max(1, threads));
    return stream;
  }
}
