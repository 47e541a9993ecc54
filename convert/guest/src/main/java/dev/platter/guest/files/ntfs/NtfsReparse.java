package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** What a reparse point stands for ("[MS-FSCC]", 2.1.2). */
enum NtfsReparse {
  /** None, or one that leaves its file what it is. */
  NONE,
  SYMBOLIC_LINK,
  MOUNT_POINT,
  /** A link as the Windows Subsystem for Linux writes it. */
  LINUX_LINK,
  /** The bytes of the file are in a store that several files have in common. */
  DEDUPLICATED,
  /** The bytes of the file are packed in a stream beside it (Windows Overlay Filter). */
  WOF;

  private static final int TAG_LENGTH = 8;

  static NtfsReparse ofTag(int tag) {
    return switch (tag) {
      case 0xA000000C -> SYMBOLIC_LINK;
      case 0xA0000003 -> MOUNT_POINT;
      case 0xA000001D -> LINUX_LINK;
      case 0x80000013 -> DEDUPLICATED;
      case 0x80000017 -> WOF;
      default -> NONE;
    };
  }

  boolean isLink() {
    return this == SYMBOLIC_LINK || this == MOUNT_POINT || this == LINUX_LINK;
  }

  /** Where a link points, in the way of Unix: without a drive's letter, with slashes. */
  String target(Source content) throws IOException {
    Bytes bytes = content.read(0, content.size());
    if (this == LINUX_LINK) {
      return bytes.name(TAG_LENGTH + 4, bytes.length() - TAG_LENGTH - 4L);
    }
    int names = this == SYMBOLIC_LINK ? 20 : 16;
    String target = text(bytes, names + bytes.u16(8), bytes.u16(10));
    String shown = text(bytes, names + bytes.u16(12), bytes.u16(14));
    String path = (shown.isEmpty() ? target : shown).replace('\\', '/');
    if (path.startsWith("/??/")) {
      path = path.substring("/??/".length());
    }
    boolean hasDrive = path.length() >= 2 && path.charAt(1) == ':';
    return hasDrive ? path.substring(2) : path;
  }

  private static String text(Bytes bytes, int at, int length) throws IOException {
    return new String(bytes.array(at, length), StandardCharsets.UTF_16LE);
  }
}
