package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/** File systems that are named here and not read. */
final class OtherFileSystems {
  private static final int SUPERBLOCK = 1024;
  private static final int EROFS_MAGIC = 0xE0F5E1E2;
  private static final int F2FS_MAGIC = 0xF2F52010;
  private static final int UFS2_MAGIC = 0x19540119;
  private static final int UFS2 = 1 << 16;
  private static final int JFS = 1 << 15;
  private static final long ZFS_UBERBLOCK = 0x00BAB10CL;
  private static final int ZFS_UBERBLOCKS = 128 << 10;
  private static final int ZFS_SLOT = 1024;
  private static final int EXFAT_ENTRIES = 4096;
  private static final int EXFAT_LABEL = 0x83;

  private OtherFileSystems() {}

  private static Optional<FileSystemHead> found(String kind, String label, String uuid, long size) {
    return Optional.of(FileSystemHead.unread(kind, label, uuid, Math.max(size, 0)));
  }

  private static long times(long count, long unit) {
    return count < 0 || unit < 1 || count > Long.MAX_VALUE / unit ? 0 : count * unit;
  }

  /** "exFAT file system specification", Microsoft; the label is an entry of the root directory. */
  static Optional<FileSystemHead> exfat(Source volume, Bytes head) throws IOException {
    if (!head.has(3, "EXFAT   ")) {
      return Optional.empty();
    }
    String serial = HexFormat.of().toHexDigits(head.i32(100)).toUpperCase(Locale.ROOT);
    int sectorLog = head.u8(108);
    int clusterLog = sectorLog + head.u8(109);
    head.require(
        sectorLog >= 9 && sectorLog <= 12 && clusterLog <= 25,
        "exfat sectors of 2^" + sectorLog + ", clusters of 2^" + clusterLog + " bytes");
    long root = (head.u32(88) << sectorLog) + (head.u32(96) - 2 << clusterLog);
    Bytes entries = volume.readUpTo(root, EXFAT_ENTRIES);
    String label = "";
    for (int at = 0; at + 32 <= entries.length() && entries.u8(at) != 0; at += 32) {
      if (entries.u8(at) == EXFAT_LABEL) {
        long length = Math.min(entries.u8(at + 1), 11) * 2L;
        label = entries.text(at + 2, length, StandardCharsets.UTF_16LE);
      }
    }
    return found(
        "exfat",
        label,
        serial.substring(0, 4) + "-" + serial.substring(4),
        times(head.i64(72), 1L << sectorLog));
  }

  static Optional<FileSystemHead> refs(Bytes head) throws IOException {
    return head.has(3, "ReFS\0\0\0\0") ? found("refs", "", "", 0) : Optional.empty();
  }

  static Optional<FileSystemHead> squashfs(Bytes head) throws IOException {
    return head.has(0, "hsqs") ? found("squashfs", "", "", head.i64(40)) : Optional.empty();
  }

  static Optional<FileSystemHead> erofs(Bytes head) throws IOException {
    if (head.length() < SUPERBLOCK + 128 || head.i32(SUPERBLOCK) != EROFS_MAGIC) {
      return Optional.empty();
    }
    Bytes bytes = head.from(SUPERBLOCK);
    long block = 1L << Math.min(bytes.u8(12), 30);
    return found("erofs", bytes.text(64, 16), bytes.uuid(48), times(bytes.u32(36), block));
  }

  /** "Apple File System Reference", 2020: the container's super block. */
  static Optional<FileSystemHead> apfs(Bytes head) throws IOException {
    return head.has(32, "NXSB")
        ? found("apfs", "", head.uuid(72), times(head.i64(40), head.u32(36)))
        : Optional.empty();
  }

  static Optional<FileSystemHead> f2fs(Bytes head) throws IOException {
    if (head.length() < SUPERBLOCK + 2048 || head.i32(SUPERBLOCK) != F2FS_MAGIC) {
      return Optional.empty();
    }
    Bytes bytes = head.from(SUPERBLOCK);
    return found(
        "f2fs",
        bytes.text(124, 1024, StandardCharsets.UTF_16LE),
        bytes.uuid(108),
        times(bytes.i64(36), 1L << Math.min(bytes.u32(16), 30)));
  }

  /** "HFS Plus Volume Format", Apple Technical Note 1150; HFSX is its newer form. */
  static Optional<FileSystemHead> hfsPlus(Bytes head) throws IOException {
    if (!head.has(SUPERBLOCK, "H+\0\4") && !head.has(SUPERBLOCK, "HX\0\5")) {
      return Optional.empty();
    }
    Bytes bytes = head.from(SUPERBLOCK).big();
    return found("hfsplus", "", "", times(bytes.u32(44), bytes.u32(40)));
  }

  static Optional<FileSystemHead> reiserfs(Bytes head) throws IOException {
    for (int at : new int[] {1 << 16, 1 << 13}) {
      if (head.has(at + 52, "ReIsEr2Fs")
          || head.has(at + 52, "ReIsEr3Fs")
          || head.has(at + 52, "ReIsErFs")) {
        Bytes bytes = head.from(at);
        long size = times(bytes.u32(0), bytes.u16(44));
        return found("reiserfs", bytes.text(100, 16), bytes.uuid(84), size);
      }
    }
    return Optional.empty();
  }

  static Optional<FileSystemHead> jfs(Bytes head) throws IOException {
    return head.has(JFS, "JFS1")
        ? found("jfs", head.text(JFS + 152, 16), head.uuid(JFS + 136), 0)
        : Optional.empty();
  }

  /** UFS2, the file system of the BSDs: the magic number lies at the end of its super block. */
  static Optional<FileSystemHead> ufs(Bytes head) throws IOException {
    if (head.length() < UFS2 + 1376 || head.i32(UFS2 + 1372) != UFS2_MAGIC) {
      return Optional.empty();
    }
    Bytes bytes = head.from(UFS2);
    String id =
        HexFormat.of().toHexDigits(bytes.i32(144)) + HexFormat.of().toHexDigits(bytes.i32(148));
    return found("ufs2", bytes.text(680, 32), id, times(bytes.i64(1080), bytes.u32(52)));
  }

  /** "ZFS On-Disk Specification", Sun, 2006: one of a ring of blocks in the first label. */
  static Optional<FileSystemHead> zfs(Source volume) throws IOException {
    Bytes ring = volume.readUpTo(ZFS_UBERBLOCKS, ZFS_UBERBLOCKS);
    for (int at = 0; at + Long.BYTES <= ring.length(); at += ZFS_SLOT) {
      if (ring.i64(at) == ZFS_UBERBLOCK || ring.big().i64(at) == ZFS_UBERBLOCK) {
        return found("zfs_member", "", "", 0);
      }
    }
    return Optional.empty();
  }
}
