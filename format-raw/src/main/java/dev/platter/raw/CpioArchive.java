package dev.platter.raw;

import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Archives of cpio as a kernel unpacks them at its start: one or several, each packed or not, with
 * zeros between (Linux kernel documentation, "initramfs buffer format").
 */
final class CpioArchive {
  private static final String NEW = "070701";
  private static final String WITH_SUMS = "070702";
  private static final int HEADER = 110;
  private static final int MODE_FIELD = 14;
  private static final int SIZE_FIELD = 54;
  private static final int NAME_FIELD = 94;
  private static final int MAX_NAME = 4096;
  private static final String LAST = "TRAILER!!!";
  private static final int FILE_TYPE = 0170000;
  private static final int REGULAR = 0100000;
  private static final int LARGE = 1 << 20;
  private static final int MAX_ENTRIES = 100_000;
  private static final int MAX_ARCHIVES = 16;
  private static final int PADDING = 512;

  private CpioArchive() {}

  /** Whether an archive begins here that a kernel takes. */
  static boolean isIn(MemorySegment head) {
    String magic = text(head, 0, NEW.length());
    return (magic.equals(NEW) || magic.equals(WITH_SUMS)) && number(head, NAME_FIELD) > 0;
  }

  /**
   * Whether an archive begins here as ramdisks do. One that begins with a large file at its top was
   * made to carry that file, a disk perhaps.
   */
  static boolean mayBeRamdisk(MemorySegment head) {
    long first = text(head, HEADER, 2).equals(".\0") ? aligned(HEADER + 2) : 0;
    if (!isIn(head) || first > head.byteSize() - HEADER) {
      return isIn(head);
    }
    MemorySegment entry = head.asSlice(first);
    String name = text(entry, HEADER, Math.clamp(number(entry, NAME_FIELD), 0, MAX_NAME));
    boolean file = (number(entry, MODE_FIELD) & FILE_TYPE) == REGULAR;
    boolean top = name.indexOf('/', name.startsWith("./") ? 2 : 0) < 0;
    return !file || !top || number(entry, SIZE_FIELD) < LARGE || name.startsWith("init");
  }

  /**
   * What lies one behind the other: {@code cpio}, or how the archive is packed. Where a packed one
   * ends is not looked for, so it is the last that is told.
   */
  static List<String> list(Storage storage) throws IOException {
    List<String> archives = new ArrayList<>();
    byte[] window = new byte[ImageFormat.HEAD_BYTES];
    long at = 0;
    while (at >= 0 && archives.size() < MAX_ARCHIVES) {
      MemorySegment head = MemorySegment.ofArray(window);
      head = head.asSlice(0, storage.read(at, head));
      if (isIn(head)) {
        archives.add("cpio");
        at = end(storage, at);
      } else {
        Optional<PackedHead> packed = PackedHead.of(storage, at, head);
        if (packed.isPresent() && isIn(packed.get().content())) {
          archives.add("cpio, " + packed.get().compression());
        } else if (!archives.isEmpty() && head.byteSize() > 0) {
          archives.add(packed.map(PackedHead::compression).orElse(compression(head)));
        }
        break;
      }
    }
    return archives;
  }

  /** By the magic number alone. */
  private static String compression(MemorySegment head) {
    String magic = text(head, 0, 6);
    return magic.startsWith("\u00fd7zXZ")
        ? "xz"
        : magic.startsWith("BZh") ? "bzip2" : magic.startsWith("]\0\0") ? "lzma" : "something else";
  }

  /** Where what follows an archive begins; negative: nothing does, or the archive is damaged. */
  private static long end(Storage storage, long start) throws IOException {
    byte[] bytes = new byte[HEADER + MAX_NAME];
    long at = start;
    for (int i = 0; i < MAX_ENTRIES; i++) {
      MemorySegment entry = MemorySegment.ofArray(bytes);
      entry = entry.asSlice(0, storage.read(at, entry));
      long nameLength = number(entry, NAME_FIELD);
      long size = number(entry, SIZE_FIELD);
      if (!isIn(entry) || nameLength > MAX_NAME || size < 0) {
        return -1;
      }
      boolean last = text(entry, HEADER, LAST.length()).equals(LAST);
      at = aligned(aligned(at + HEADER + nameLength) + size);
      if (last) {
        return skipZeros(storage, at);
      }
    }
    return -1;
  }

  private static long skipZeros(Storage storage, long from) throws IOException {
    byte[] bytes = new byte[PADDING];
    long at = from;
    for (int i = 0; i < PADDING; i++) { // 256 KiB are more than any tool puts between
      int count = (int) storage.read(at, MemorySegment.ofArray(bytes));
      for (int k = 0; k < count; k++) {
        if (bytes[k] != 0) {
          return at + k;
        }
      }
      if (count < PADDING) {
        return -1;
      }
      at += count;
    }
    return -1;
  }

  private static long aligned(long at) {
    return at + 3 & -4;
  }

  /** Eight hexadecimal digits; negative: they are none. */
  private static long number(MemorySegment entry, int at) {
    String digits = text(entry, at, 8);
    return digits.matches("[0-9A-Fa-f]{8}") ? Long.parseLong(digits, 16) : -1;
  }

  private static String text(MemorySegment bytes, int at, int length) {
    return at > bytes.byteSize() - length
        ? ""
        : new String(
            bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.ISO_8859_1);
  }
}
