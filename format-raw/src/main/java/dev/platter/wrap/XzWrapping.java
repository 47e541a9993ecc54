package dev.platter.wrap;

import dev.platter.image.Fault;
import dev.platter.image.wrap.Wrapping;
import dev.platter.storage.Storage;
import dev.platter.storage.StreamSource;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.OptionalLong;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.SeekableXZInputStream;
import org.tukaani.xz.XZ;
import org.tukaani.xz.XZInputStream;
import org.tukaani.xz.XZOutputStream;

/** {@code xz}: what xz makes, but for {@code .lzma}. */
public final class XzWrapping implements Wrapping {
  /** What one decoder may take, KiB: enough for {@code xz -9}, whose window has 64 MiB. */
  static final int MEMORY_KIB = 100 << 10;

  /** What the decoders of several blocks may take together, KiB; no more than half of the heap. */
  private static final int MEMORY_OF_ALL_KIB =
      (int) Math.min(128 << 10, Runtime.getRuntime().maxMemory() >> 11);

  private static final long MAGIC = 0x00_5a_58_7a_37_fdL;
  private static final long MAGIC_MASK = 0xffff_ffff_ffffL;
  private static final int PART = 1 << 16;

  /** Found by {@link java.util.ServiceLoader}. */
  public XzWrapping() {}

  @Override
  public String name() {
    return "xz";
  }

  @Override
  public boolean matches(MemorySegment head) {
    return head.byteSize() >= Long.BYTES && (head.get(Magic.LONG, 0) & MAGIC_MASK) == MAGIC;
  }

  @Override
  public InputStream unwrap(InputStream packed) throws IOException {
    return explaining(new XZInputStream(new BufferedInputStream(packed, PART), MEMORY_KIB));
  }

  @Override
  public InputStream unwrap(Storage packed) throws IOException {
    int processors = Runtime.getRuntime().availableProcessors();
    int blocks;
    try (SeekableXZInputStream index = open(packed, MEMORY_KIB)) {
      blocks = index.getBlockCount();
    }
    int decoders = Math.min(processors, Math.min(blocks, MEMORY_OF_ALL_KIB / needed(packed)));
    return decoders < 2
        ? unwrap(StreamSource.of(packed).asInputStream())
        : explaining(new XzBlocks(packed, blocks, decoders, MEMORY_OF_ALL_KIB / decoders));
  }

  @Override
  public OptionalLong unwrappedSize(Storage packed) throws IOException {
    try (SeekableXZInputStream index = open(packed, MEMORY_KIB)) {
      return OptionalLong.of(index.length());
    }
  }

  static SeekableXZInputStream open(Storage packed, int memoryKib) throws IOException {
    return new SeekableXZInputStream(new SeekableStorage(packed), memoryKib);
  }

  /** What a decoder of the first block needs, KiB; the others are usually like it. */
  private static int needed(Storage packed) throws IOException {
    InputStream first = new BufferedInputStream(StreamSource.of(packed).asInputStream(), PART);
    try (XZInputStream stream = new XZInputStream(first, 0)) {
      stream.read();
      return 1;
    } catch (MemoryLimitException e) {
      return Math.max(1, e.getMemoryNeeded());
    }
  }

  /** Higher presets differ in the size of the window only, and take up to 674 MiB of memory. */
  @Override
  public Optional<Levels> levels() {
    return Optional.of(
        new Levels(
            LZMA2Options.PRESET_MIN, LZMA2Options.PRESET_DEFAULT, LZMA2Options.PRESET_DEFAULT));
  }

  @Override
  public OutputStream wrap(OutputStream target, OptionalLong size, int level, int threads)
      throws IOException {
    return new XZOutputStream(target, new LZMA2Options(level), XZ.CHECK_CRC64);
  }

  /** Says in our words that a window is too large. */
  static InputStream explaining(InputStream stream) {
    return new java.io.FilterInputStream(stream) {
      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        try {
          return super.read(target, offset, length);
        } catch (MemoryLimitException e) {
          throw Fault.ofFormat("xz")
              .unsupported(
                  "the window takes "
                      + (e.getMemoryNeeded() >> 10)
                      + " MiB of memory, at most "
                      + (MEMORY_KIB >> 10)
                      + " MiB are allowed",
                  e);
        }
      }
    };
  }
}
