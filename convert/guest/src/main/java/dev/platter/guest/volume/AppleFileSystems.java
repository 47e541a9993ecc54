package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.Text;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import java.util.UUID;

/**
 * HFS ("Inside Macintosh: Files", 1992, chapter 2) and HFS Plus (Apple's Technical Note 1150),
 * which are named here and not read.
 */
final class AppleFileSystems {
  private static final int HEADER = 1024;
  private static final int SECTOR = 512;
  private static final int EXTENTS = 8;
  private static final int LEAF = 0xFF;
  private static final int ROOT_PARENT = 1;

  /** What Apple puts before the number of a volume to make a UUID of it (RFC 9562, version 3). */
  private static final byte[] NAME_SPACE =
      HexFormat.of().parseHex("b3e20f39f29211d697a400306543ecac");

  private AppleFileSystems() {}

  static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    if (head.has(HEADER, "H+\0\4") || head.has(HEADER, "HX\0\5")) {
      return Optional.of(plus(volume, 0, head.from(HEADER).big()));
    }
    if (!head.has(HEADER, "BD")) {
      return Optional.empty();
    }
    Bytes bytes = head.from(HEADER).big();
    long block = bytes.u32(20);
    boolean isOne = block >= SECTOR && block % SECTOR == 0 && bytes.u16(18) > 0;
    if (!isOne) {
      return Optional.empty();
    }
    if (bytes.has(124, "H+")) { // HFS Plus, wrapped for systems that know HFS alone
      long start = bytes.u16(28) * (long) SECTOR + bytes.u16(126) * block;
      Bytes inner = volume.readUpTo(start + HEADER, SECTOR).big();
      if (inner.has(0, "H+\0\4") && inner.length() == SECTOR) {
        return Optional.of(plus(volume, start, inner));
      }
    }
    String label = bytes.text(37, Math.min(bytes.u8(36), 27), StandardCharsets.ISO_8859_1);
    return Optional.of(
        FileSystemHead.unread("hfs", label, number(bytes, 116), bytes.u16(18) * block));
  }

  private static FileSystemHead plus(Source volume, long start, Bytes header) throws IOException {
    String label = "";
    try {
      label = label(volume, start, header);
    } catch (ImageException e) {
      label = ""; // damaged, or somewhere that is not looked for
    }
    long size = header.u32(44) * header.u32(40);
    return FileSystemHead.unread("hfsplus", label, number(header, 104), Math.max(size, 0));
  }

  private static String number(Bytes header, int at) throws IOException {
    byte[] id = header.array(at, Long.BYTES);
    if (header.i64(at) == 0) {
      return "";
    }
    byte[] all = new byte[NAME_SPACE.length + id.length];
    System.arraycopy(NAME_SPACE, 0, all, 0, NAME_SPACE.length);
    System.arraycopy(id, 0, all, NAME_SPACE.length, id.length);
    return UUID.nameUUIDFromBytes(all).toString();
  }

  /** The name of the root directory, which the first leaf of the catalog begins with. */
  private static String label(Source volume, long start, Bytes header) throws IOException {
    Bytes tree = volume.read(start + catalog(header, 0), SECTOR).big();
    long leaf = tree.u32(24);
    int size = tree.u16(32);
    tree.require(size >= SECTOR, "nodes of " + size + " bytes");
    Bytes node = volume.read(start + catalog(header, leaf * size), size).big();
    node.require(node.u8(8) == LEAF && node.u32(16) == ROOT_PARENT, "no leaf of a catalog");
    byte[] name = node.array(22, node.u16(20) * 2L);
    return Text.clean(new String(name, StandardCharsets.UTF_16BE));
  }

  /** Where a byte of the catalog lies. */
  private static long catalog(Bytes header, long offset) throws IOException {
    long block = header.u32(40);
    long at = offset;
    for (int i = 0; i < EXTENTS; i++) {
      long start = header.u32(288 + 8L * i) * block;
      long length = header.u32(292 + 8L * i) * block;
      if (at < length) {
        return start + at;
      }
      at -= length;
    }
    throw header.wrong("the catalog has more than " + EXTENTS + " extents");
  }
}
