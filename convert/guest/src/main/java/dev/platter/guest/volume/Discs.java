package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.iso.IsoFileSystem;
import dev.platter.guest.files.udf.UdfFileSystem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** File systems of optical discs: ISO 9660 (ECMA-119) and UDF (ECMA-167). */
final class Discs {
  private static final int SECTOR = 2048;
  private static final int FIRST = 16;
  private static final int MAX_DESCRIPTORS = 16;
  private static final int PRIMARY = 1;
  private static final int CREATED = 813;
  private static final int MODIFIED = 830;

  private Discs() {}

  static Optional<FileSystemHead> identify(Source volume, Bytes head) throws IOException {
    FileSystemHead iso = null;
    for (int i = 0; i < MAX_DESCRIPTORS; i++) {
      int at = (FIRST + i) * SECTOR;
      if (head.has(at + 1, "NSR02") || head.has(at + 1, "NSR03")) {
        return Optional.of(UdfFileSystem.head(volume));
      }
      if (iso == null && head.has(at + 1, "CD001") && head.u8(at) == PRIMARY) {
        long size = head.u32(at + 80L) * head.u16(at + 128L);
        String label = head.text(at + 40L, 32, StandardCharsets.ISO_8859_1);
        String made = time(head, at + MODIFIED);
        String number = made.isEmpty() ? time(head, at + CREATED) : made;
        iso = new FileSystemHead("iso9660", label, number, size, () -> IsoFileSystem.open(volume));
      }
    }
    return Optional.ofNullable(iso);
  }

  /**
   * A time to the hundredth of a second, which stands for a number of its own where discs have
   * none; empty: not set.
   */
  private static String time(Bytes head, long at) throws IOException {
    String digits = head.text(at, 16, StandardCharsets.US_ASCII);
    return digits.matches("[0-9]{16}") && !digits.matches("0+")
        ? digits.replaceFirst("(....)(..)(..)(..)(..)(..)(..)", "$1-$2-$3-$4-$5-$6-$7")
        : "";
  }
}
