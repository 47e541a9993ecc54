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
  private static final int RAID_MAGIC = 0xA92B4EFC;
  private static final int RAID_RESERVED = 1 << 16;
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
            FileSystemHead.unread("LVM2_member", "", LvmGroup.dashed(id), head.u63(header + 32)));
      }
    }
    return Optional.empty();
  }

  /** A member of a Linux software array, in the four places where its super block may be. */
  static Optional<FileSystemHead> raid(Source volume, Bytes head) throws IOException {
    long end = volume.size();
    long[] places = {0, 4096, (end - 8192) / 4096 * 4096};
    for (long at : places) {
      Bytes bytes = at < 0 ? head.slice(0, 0) : volume.readUpTo(at, 256);
      if (bytes.length() == 256 && bytes.i32(0) == RAID_MAGIC && bytes.i32(4) == 1) {
        return Optional.of(
            FileSystemHead.unread("linux_raid_member", bytes.text(32, 32), bytes.uuid(16), 0));
      }
    }
    long old = end / RAID_RESERVED * RAID_RESERVED - RAID_RESERVED;
    Bytes bytes = old <= 0 ? head.slice(0, 0) : volume.readUpTo(old, 256);
    if (bytes.length() == 256 && bytes.i32(0) == RAID_MAGIC && bytes.i32(4) == 0) {
      return Optional.of(FileSystemHead.unread("linux_raid_member", "", "", 0));
    }
    return Optional.empty();
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
