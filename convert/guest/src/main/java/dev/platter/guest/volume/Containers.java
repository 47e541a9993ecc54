package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** What fills a volume without being a file system: encryption, volume groups, arrays, swap. */
final class Containers {
  private static final int SECTOR = 512;
  private static final int[] PAGE_SIZES = {4096, 8192, 16384, 65536};

  private Containers() {}

  /** "LUKS1 On-Disk Format Specification" 1.2, "LUKS2 On-Disk Format Specification" 1.1. */
  static Optional<FileSystemHead> luks(Bytes head) throws IOException {
    if (!head.has(0, "LUKS\u00ba\u00be")) {
      return Optional.empty();
    }
    int version = head.big().u16(6);
    String label = version == 2 ? head.text(24, 48) : "";
    return Optional.of(
        FileSystemHead.unread("crypto_LUKS" + version, label, head.text(168, 40), 0));
  }

  static Optional<FileSystemHead> bitLocker(Bytes head) throws IOException {
    return head.has(3, "-FVE-FS-")
        ? Optional.of(FileSystemHead.unread("BitLocker", "", "", 0))
        : Optional.empty();
  }

  /** A physical volume of LVM2: its label is in one of the first four sectors. */
  static Optional<FileSystemHead> lvm(Source volume, Bytes head) throws IOException {
    for (int at = 0; at < 4 * SECTOR; at += SECTOR) {
      if (head.has(at, "LABELONE") && head.has(at + 24, "LVM2 001")) {
        long header = at + head.u32(at + 20L);
        String id = head.text(header, 32, StandardCharsets.US_ASCII);
        return Optional.of(
            FileSystemHead.unread("LVM2_member", "", LvmMember.dashed(id), head.u63(header + 32)));
      }
    }
    return Optional.empty();
  }

  /** A member of a Linux software array. */
  static Optional<FileSystemHead> raid(Source volume, Bytes head) throws IOException {
    return MdMember.find(volume)
        .map(member -> FileSystemHead.unread("linux_raid_member", member.name(), member.uuid(), 0));
  }

  /** Swap space of Linux: its sign is at the end of the first page. */
  static Optional<FileSystemHead> swap(Bytes head) throws IOException {
    for (int page : PAGE_SIZES) {
      if (head.has(page - 10, "SWAPSPACE2")) {
        long pages = head.u32(1028) + 1;
        return Optional.of(
            FileSystemHead.unread("swap", head.text(1052, 16), head.uuid(1036), pages * page));
      }
    }
    return Optional.empty();
  }
}
