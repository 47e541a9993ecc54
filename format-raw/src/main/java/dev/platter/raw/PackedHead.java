package dev.platter.raw;

import com.github.luben.zstd.ZstdInputStream;
import dev.platter.codec.Codecs;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/**
 * The beginning of what a packed file unpacks to, as far as a few hundred bytes.
 *
 * @param compression {@code gzip}, {@code zstd} or {@code lz4}
 */
record PackedHead(String compression, MemorySegment content) {
  private static final int LENGTH = 1024;
  private static final int MAX_WINDOW_LOG = 27;
  private static final byte[] GZIP = {0x1F, (byte) 0x8B, 8};
  private static final byte[] ZSTD = {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD};
  private static final byte[] LZ4_LEGACY = {0x02, 0x21, 0x4C, 0x18};

  /** Where in a legacy LZ4 file, as the kernel's own build makes it, the first block begins. */
  private static final int LZ4_BLOCK = 8;

  /** Empty: it is not packed, damaged from the start, or in a way that is not looked into. */
  static Optional<PackedHead> of(MemorySegment head) {
    byte[] magic = head.asSlice(0, Math.min(4, head.byteSize())).toArray(ValueLayout.JAVA_BYTE);
    try {
      if (Arrays.equals(Arrays.copyOf(magic, GZIP.length), GZIP)) {
        return unpack("gzip", new GZIPInputStream(stream(head)));
      }
      if (Arrays.equals(magic, ZSTD)) {
        Codecs.loadZstd();
        ZstdInputStream unpacking = new ZstdInputStream(stream(head));
        unpacking.setLongMax(MAX_WINDOW_LOG);
        return unpack("zstd", unpacking);
      }
      if (Arrays.equals(magic, LZ4_LEGACY)) {
        return Optional.of(new PackedHead("lz4", Lz4Head.unpack(head, LZ4_BLOCK, LENGTH)));
      }
    } catch (IOException | IllegalStateException e) {
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static InputStream stream(MemorySegment head) {
    return new ByteArrayInputStream(head.toArray(ValueLayout.JAVA_BYTE));
  }

  /** What comes before the end of the head, or before what is damaged. */
  private static Optional<PackedHead> unpack(String compression, InputStream unpacking)
      throws IOException {
    byte[] content = new byte[LENGTH];
    int done = 0;
    try (unpacking) {
      for (int count = 0; count >= 0 && done < LENGTH; done += Math.max(count, 0)) {
        count = unpacking.read(content, done, LENGTH - done);
      }
    } catch (IOException e) {
      if (done == 0) {
        throw e;
      }
    }
    return Optional.of(
        new PackedHead(compression, MemorySegment.ofArray(content).asSlice(0, done)));
  }
}
