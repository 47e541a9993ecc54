package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.iso.IsoFileSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** File systems of optical discs: ISO 9660 (ECMA-119) and UDF (ECMA-167). */
final class Discs {
  private static final int SECTOR = 2048;
  private static final int FIRST = 16;
  private static final int MAX_DESCRIPTORS = 16;
  private static final int PRIMARY = 1;
  private static final int ANCHOR = 256;
  private static final int TAG_ANCHOR = 2;
  private static final int TAG_LOGICAL_VOLUME = 6;
  private static final int TAG_TERMINATOR = 8;
  private static final int NAME_LENGTH = 128;

  private Discs() {}

  static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    FileSystemHead iso = null;
    for (int i = 0; i < MAX_DESCRIPTORS; i++) {
      int at = (FIRST + i) * SECTOR;
      if (head.has(at + 1, "NSR02") || head.has(at + 1, "NSR03")) {
        return Optional.of(FileSystemHead.unread("udf", udfName(volume), "", 0));
      }
      if (iso == null && head.has(at + 1, "CD001") && head.u8(at) == PRIMARY) {
        long size = head.u32(at + 80L) * head.u16(at + 128L);
        String label = head.text(at + 40L, 32, StandardCharsets.ISO_8859_1);
        iso = new FileSystemHead("iso9660", label, "", size, () -> IsoFileSystem.open(volume));
      }
    }
    return Optional.ofNullable(iso);
  }

  /** The name in the logical volume descriptor, to which an anchor leads. */
  private static String udfName(Source volume) throws IOException {
    for (int sector : new int[] {SECTOR, 512, 4096}) {
      Bytes anchor = volume.readUpTo((long) ANCHOR * sector, 512);
      if (anchor.length() == 512 && anchor.u16(0) == TAG_ANCHOR && anchor.u32(12) == ANCHOR) {
        long first = anchor.u32(20);
        for (long at = first; at < first + MAX_DESCRIPTORS; at++) {
          Bytes bytes = volume.readUpTo(at * sector, 512);
          if (bytes.length() < 512 || bytes.u16(0) == TAG_TERMINATOR) {
            break;
          }
          if (bytes.u16(0) == TAG_LOGICAL_VOLUME) {
            return name(bytes.slice(84, NAME_LENGTH));
          }
        }
      }
    }
    return "";
  }

  /** Characters of 8 or 16 bits, as the first byte says; the last one is their length. */
  private static String name(Bytes field) throws IOException {
    int length = Math.min(field.u8(NAME_LENGTH - 1), NAME_LENGTH - 1) - 1;
    boolean wide = field.u8(0) == 16;
    return length < 1
        ? ""
        : field.text(1, length, wide ? StandardCharsets.UTF_16BE : StandardCharsets.ISO_8859_1);
  }
}
