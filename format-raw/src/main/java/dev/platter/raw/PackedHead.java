package dev.platter.raw;

import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * The beginning of what a packed file unpacks to, as far as a few hundred bytes.
 *
 * @param compression the program that packed it: {@code gzip}, {@code zstd}, {@code xz}, {@code
 *     bzip2}, {@code lz4}
 */
record PackedHead(String compression, MemorySegment content) {
  private static final Wrappings WRAPPINGS = Wrappings.present();
  private static final int LENGTH = 1024;

  /** A block of bzip2, which is unpacked as a whole, has 900 KB. */
  private static final long FAR = 1 << 20;

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;

  /** LZ4 as the kernel's own build makes it; the first block lies behind its length. */
  private static final int LZ4_LEGACY = 0x184C2102;

  private static final int LZ4_BLOCK = 8;

  /**
   * Looks into what lies at {@code offset}.
   *
   * @param head its first bytes
   * @return empty: it is not packed, damaged from the start, or in a way that is not looked into
   */
  static Optional<PackedHead> of(Storage storage, long offset, MemorySegment head) {
    if (head.byteSize() < LZ4_BLOCK) {
      return Optional.empty();
    }
    if (head.get(INT.withOrder(ByteOrder.LITTLE_ENDIAN), 0) == LZ4_LEGACY) {
      return Optional.of(new PackedHead("lz4", Lz4Head.unpack(head, LZ4_BLOCK, LENGTH)));
    }
    if (!mayBePacked(head)) {
      return Optional.empty();
    }
    MemorySegment beginning = head.asSlice(0, Math.min(Wrapping.HEAD_BYTES, head.byteSize()));
    return WRAPPINGS
        .around(beginning)
        .filter(wrapping -> !wrapping.needsSize()) // an archive is no compression
        .flatMap(wrapping -> unpack(wrapping, storage, offset));
  }

  /** By one byte, so that the compressions are looked for only where there may be one. */
  private static boolean mayBePacked(MemorySegment head) {
    return switch (head.get(ValueLayout.JAVA_BYTE, 0)) {
      case 0x1F, (byte) 0xFD, 'B', 0x28, 0x04 -> true;
      default -> false;
    };
  }

  /** What comes before the end, or before what is damaged. */
  private static Optional<PackedHead> unpack(Wrapping wrapping, Storage storage, long offset) {
    byte[] content = new byte[LENGTH];
    int done = 0;
    try (InputStream unpacked = wrapping.unwrap(new Part(storage, offset))) {
      for (int count = 0; count >= 0 && done < LENGTH; done += Math.max(count, 0)) {
        count = unpacked.read(content, done, LENGTH - done);
      }
    } catch (IOException | RuntimeException e) { // a wrapping may say so either way
      if (done == 0) {
        return Optional.empty();
      }
    }
    MemorySegment bytes = MemorySegment.ofArray(content).asSlice(0, done);
    return Optional.of(new PackedHead(programOf(wrapping), bytes));
  }

  private static String programOf(Wrapping wrapping) {
    return switch (wrapping.name()) {
      case "gz" -> "gzip";
      case "bz2" -> "bzip2";
      case "zst" -> "zstd";
      default -> wrapping.name();
    };
  }

  /** The bytes from an offset on, as a stream that ends soon. */
  private static final class Part extends InputStream {
    private final Storage storage;
    private final long end;
    private long at;

    private Part(Storage storage, long offset) {
      this.storage = storage;
      this.at = offset;
      this.end = offset + FAR;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int from, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      MemorySegment part = MemorySegment.ofArray(target).asSlice(from, Math.min(length, end - at));
      int count = (int) storage.read(at, part);
      at += count;
      return count == 0 ? -1 : count;
    }
  }
}
