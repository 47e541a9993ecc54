package dev.platter.image;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

/**
 * By what a kind of file is told that is known and not read: the one table of them. Such a file is
 * no raw disk, whatever it is; only where nothing but raw would take it, its sign counts.
 *
 * @param format its name, as qemu-img says it where that knows it
 * @param description what it is, to end a sentence
 * @param offset where in the head the magic lies, bytes
 * @param magic one character for each byte
 */
public record Sign(String format, String description, int offset, String magic) {
  private static final String NOT_THE_FILE = "which stands for a file that was not fetched";

  private static final Sign[] HEADS = {
    sign("luks", "a disk encrypted with LUKS", "LUKS\u00ba\u00be"),
    sign("qcow", "an image of QEMU's of an unknown version", "QFI\u00fb"),
    sign("cloop", "a compressed image of cloop", "#!/bin/sh\n#V3.0 Format"),
    sign("parallels", "an image of Parallels of an unknown version", "WithoutFreeSpace"),
    sign("parallels", "an image of Parallels of an unknown version", "WithouFreSpacExt"),
    sign("dmg", "an encrypted disk image of Apple", "encrcdsa"),
    sign("sparseimage", "a sparse disk image of Apple", "sprs\0\0\0\3"),
    sign("asif", "a sparse disk image of Apple (ASIF)", "shdw\0\0\0\1"),
    sign("android-sparse", "a sparse image of Android", "\u003a\u00ff\u0026\u00ed\1\0"),
    sign("ewf", "a forensic image of EnCase (EWF)", "EVF\t\r\n\u00ff\0"),
    sign("ewf", "a forensic image of EnCase (EWF 2)", "EVF2\r\n\u0081\0"),
    sign("ewf", "logical evidence of EnCase (EWF)", "LVF\t\r\n\u00ff\0"),
    sign("ewf", "logical evidence of EnCase (EWF 2)", "LEF2\r\n\u0081\0"),
    sign("aff", "a forensic image (AFF)", "AFF10\r\n\0"),
    new Sign("aff4", "a forensic image (AFF4)", 30, "container.description"),
    sign("vma", "a backup of Proxmox (VMA)", "VMA\0\0\0\0\1"),
    sign("wim", "an archive of Windows (WIM)", "MSWIM\0\0\0"),
    sign("wim", "an archive of Windows (WIM)", "WLPWM\0\0\0"),
    sign("partclone", "an image of Partclone", "partclone-image"),
    sign("partimage", "an image of Partimage", "PaRtImAgE-VoLuMe"),
    sign("ntfsclone", "an image of ntfsclone", "\0ntfsclone-image"),
    sign("fsarchiver", "an archive of FSArchiver", "FsArCh_"),
    sign("ciso", "a compressed disc (CISO)", "CISO"),
    sign("git-lfs", "a pointer of Git LFS, " + NOT_THE_FILE, "version https://git-lfs.github"),
    sign("git-lfs", "a pointer of Git LFS, " + NOT_THE_FILE, "version https://hawser.github"),
    sign("git-annex", "a pointer of git-annex, " + NOT_THE_FILE, "/annex/objects/"),
    sign("html", "a page of a web server, perhaps its error", "<!DOCTYPE html"),
    sign("html", "a page of a web server, perhaps its error", "<!doctype html"),
    sign("html", "a page of a web server, perhaps its error", "<html"),
    archive("7z", "7z\u00bc\u00af\u0027\u001c"),
    archive("rar", "Rar!\u001a\u0007"),
    archive("cab", "MSCF\0\0\0\0"),
    archive("xar", "xar!\0"),
    archive("ar", "!<arch>\n"),
    archive("rpm", "\u00ed\u00ab\u00ee\u00db"),
    archive("cpio", "070701"),
    archive("cpio", "070702"),
    archive("cpio", "070707"),
    sign("zip", "the first part of a split zip archive", "PK\7\10PK\3\4"),
    compressed("lz4", "lz4's legacy format", "\u0002\u0021\u004c\u0018"),
    compressed("lzip", "lzip", "LZIP\1"),
    compressed("lzop", "lzop", "\u0089LZO\0\r\n\u001a\n"),
    compressed("lrzip", "lrzip", "LRZI\0"),
  };

  private static final Sign LZMA = compressed("lzma", "lzma's own format (of before xz)", "]\0\0");
  private static final Sign COMPRESS = compressed("compress", "compress", "\u001f\u009d");
  private static final Sign BINARY_CPIO = archive("cpio", "\u00c7\u0071");
  private static final Sign SPLIT_ZIP = sign("zip", "the last part of a split zip archive", "PK");
  private static final Sign OLD_DMG = sign("dmg", "an encrypted disk image of Apple", "cdsaencr");

  private static final int TAIL = 512;

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfInt BIG_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static Sign sign(String format, String description, String magic) {
    return new Sign(format, description, 0, magic);
  }

  private static Sign archive(String format, String magic) {
    return sign(format, "an archive (" + format + ") and no disk", magic);
  }

  private static Sign compressed(String format, String by, String magic) {
    return sign(format, "packed in " + by, magic);
  }

  /** The sign that a file bears. */
  public static Optional<Sign> of(Storage storage, MemorySegment head) throws IOException {
    Optional<Sign> sign = ofHead(head);
    return sign.isPresent() ? sign : ofTail(storage);
  }

  /** The sign that the first bytes of a file bear. */
  public static Optional<Sign> ofHead(MemorySegment head) {
    for (Sign sign : HEADS) {
      if (sign.isIn(head)) {
        return Optional.of(sign);
      }
    }
    if (LZMA.isIn(head) && isLzma(head)) {
      return Optional.of(LZMA);
    }
    if (COMPRESS.isIn(head) && isCompress(head)) {
      return Optional.of(COMPRESS);
    }
    return BINARY_CPIO.isIn(head) && isBinaryCpio(head)
        ? Optional.of(BINARY_CPIO)
        : Optional.empty();
  }

  private boolean isIn(MemorySegment head) {
    if (head.byteSize() < offset + magic.length()) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if ((head.get(BYTE, offset + i) & 0xff) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The window is a power of two, or half as much more; the size is told, or all ones. */
  private static boolean isLzma(MemorySegment head) {
    if (head.byteSize() < 14) {
      return false;
    }
    int window = head.get(BIG_INT.withOrder(ByteOrder.LITTLE_ENDIAN), 1);
    int rest = window & window - 1;
    long size = head.get(LONG, 5);
    boolean usual = Integer.bitCount(window) == 1 || rest == Integer.highestOneBit(window) >>> 1;
    return usual && (size == -1 || size >= 0 && size < 1L << 48) && head.get(BYTE, 13) == 0;
  }

  /** The third byte has the most bits of a code, and a flag. */
  private static boolean isCompress(MemorySegment head) {
    int flags = head.byteSize() < 3 ? 0 : head.get(BYTE, 2) & 0xff;
    return (flags & 0x60) == 0 && (flags & 0x1f) >= 9 && (flags & 0x1f) <= 16;
  }

  /** The name of the first member ends with a zero where its length says. */
  private static boolean isBinaryCpio(MemorySegment head) {
    int length = head.byteSize() < 26 ? 0 : head.get(SHORT, 20) & 0xffff;
    int end = 26 + length - 1;
    return length > 1
        && length <= 1024
        && end < head.byteSize()
        && head.get(BYTE, end) == 0
        && head.get(BYTE, end - 1) != 0;
  }

  private static Optional<Sign> ofTail(Storage storage) throws IOException {
    long size = storage.size();
    if (size < TAIL) {
      return Optional.empty();
    }
    MemorySegment tail = MemorySegment.ofArray(new byte[TAIL]);
    if (storage.read(size - TAIL, tail) < TAIL) {
      return Optional.empty();
    }
    if (OLD_DMG.isIn(tail.asSlice(TAIL - OLD_DMG.magic.length()))) {
      return Optional.of(OLD_DMG);
    }
    return endsSplitZip(tail) ? Optional.of(SPLIT_ZIP) : Optional.empty();
  }

  /** An end record, without a comment, that lies on another volume than the first. */
  private static boolean endsSplitZip(MemorySegment tail) {
    MemorySegment end = tail.asSlice(TAIL - 22);
    return end.get(BIG_INT, 0) == 0x504b_0506 && end.get(SHORT, 4) != 0 && end.get(SHORT, 20) == 0;
  }
}
