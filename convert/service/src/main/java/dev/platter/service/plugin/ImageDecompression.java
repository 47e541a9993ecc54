package dev.platter.service.plugin;

import dev.platter.service.ImportDraft;
import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.ImportPlugin;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import dev.platter.storage.ZeroScan;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipInputStream;

/**
 * Unpacks images whose container is {@code compressed}: gzip, or zip with one file in it. What
 * comes out is inspected and judged like an upload. Zeros become holes and take no room, so their
 * number is bounded for the time that they take.
 *
 * @param maxSize how many bytes may come out, zeros included
 */
public record ImageDecompression(long maxSize) implements ImportPlugin {
  private static final int PAGE = 4096;
  private static final int PART = 256 << 10;
  private static final int GZIP = 0x1f8b;
  private static final int ZIP = 0x504b;

  /** A tebibyte. */
  public ImageDecompression() {
    this(1L << 40);
  }

  /**
   * By settings: {@code max_size}.
   *
   * @throws IllegalArgumentException if it is no number
   */
  static ImageDecompression of(Map<String, String> settings) {
    String most = settings.get("max_size");
    return most == null
        ? new ImageDecompression()
        : new ImageDecompression(Long.parseLong(most.strip()));
  }

  @Override
  public String name() {
    return "image_decompression";
  }

  @Override
  public void run(ImportDraft draft) throws IOException {
    if (!draft.containerFormat().equals("compressed")) {
      return;
    }
    WritableStorage scratch = draft.newScratch();
    try (InputStream plain = unpacked(draft.content())) {
      pour(plain, scratch);
      mustBeAlone(plain);
    }
    draft.replaceContent(scratch, "bare");
  }

  private static InputStream unpacked(Storage content) throws IOException {
    StorageStream packed = new StorageStream(content);
    try {
      switch (packed.first2Bytes()) {
        case GZIP -> {
          return new GZIPInputStream(packed, PART);
        }
        case ZIP -> {
          ZipInputStream zip = new ZipInputStream(packed);
          Objects.requireNonNull(zip.getNextEntry());
          return zip;
        }
        default -> throw refused("its compression is not known", null);
      }
    } catch (IOException | RuntimeException e) {
      throw refused("it is damaged or cut off: " + e.getMessage(), e);
    }
  }

  private void pour(InputStream plain, WritableStorage scratch) throws IOException {
    byte[] part = new byte[PART];
    long size = 0;
    for (int count = read(plain, part); count > 0; count = read(plain, part)) {
      if (size + count > maxSize) {
        throw refused("more than " + maxSize + " bytes come out (max_size)", null);
      }
      MemorySegment bytes = MemorySegment.ofArray(part).asSlice(0, count);
      for (long at = 0; at < count; ) {
        at += ZeroScan.zeroRun(bytes.asSlice(at), PAGE);
        long data = ZeroScan.dataRun(bytes.asSlice(at), PAGE);
        if (data > 0) {
          scratch.write(size + at, bytes.asSlice(at, data));
          at += data;
        }
      }
      size += count;
    }
    if (scratch.size() < size) {
      scratch.truncate(size);
    }
  }

  private static int read(InputStream plain, byte[] part) throws IOException {
    try {
      return plain.readNBytes(part, 0, part.length);
    } catch (IOException | RuntimeException e) {
      throw refused("it is damaged or cut off: " + e.getMessage(), e);
    }
  }

  private static void mustBeAlone(InputStream plain) throws IOException {
    if (plain instanceof ZipInputStream zip) {
      boolean alone;
      try {
        alone = zip.getNextEntry() == null;
      } catch (IOException | RuntimeException e) {
        throw refused("it is damaged or cut off: " + e.getMessage(), e);
      }
      if (!alone) {
        throw refused("there are several files in it", null);
      }
    }
  }

  private static ImportException refused(String why, Exception cause) {
    return new ImportException(Reason.PLUGIN, "the image cannot be unpacked: " + why, cause);
  }

  /** A storage from its beginning to its end. */
  private static final class StorageStream extends InputStream {
    private final Storage storage;
    private long position;

    StorageStream(Storage storage) {
      this.storage = storage;
    }

    int first2Bytes() throws IOException {
      byte[] two = new byte[2];
      storage.readFully(0, MemorySegment.ofArray(two));
      return Byte.toUnsignedInt(two[0]) << 8 | Byte.toUnsignedInt(two[1]);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      long count = storage.read(position, MemorySegment.ofArray(target).asSlice(offset, length));
      position += count;
      return count == 0 ? -1 : (int) count;
    }
  }
}
