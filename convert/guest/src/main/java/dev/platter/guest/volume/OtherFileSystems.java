package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.util.HexFormat;
import java.util.Optional;

/** File systems that are named here and not read. */
final class OtherFileSystems {
  private static final int SUPERBLOCK = 1024;
  private static final int UFS2_MAGIC = 0x19540119;
  private static final int UFS2 = 1 << 16;
  private static final int JFS = 1 << 15;
  private static final long ZFS_UBERBLOCK = 0x00BAB10CL;
  private static final int ZFS_UBERBLOCKS = 128 << 10;
  private static final int ZFS_SLOT = 1024;
  private static final int BCACHE = 4096;
  private static final String BCACHE_MAGIC = "c68573f6-4e1a-45ca-8265-f57f48ba6d81";
  private static final String BCACHEFS_MAGIC = "c68573f6-66ce-90a9-d96a-60cf803df7ef";
  private static final int VMFS_VOLUME = 1 << 20;
  private static final int VMFS_VOLUME_MAGIC = 0xC001D00D;
  private static final int VMFS = 2 << 20;
  private static final int VMFS_MAGIC = 0x2FABF15E;

  private OtherFileSystems() {}

  private static Optional<FileSystemHead> found(String kind, String label, String uuid, long size) {
    return Optional.of(FileSystemHead.unread(kind, label, uuid, Math.max(size, 0)));
  }

  private static long times(long count, long unit) {
    return count < 0 || unit < 1 || count > Long.MAX_VALUE / unit ? 0 : count * unit;
  }

  static Optional<FileSystemHead> refs(Bytes head) throws IOException {
    return head.has(3, "ReFS\0\0\0\0") ? found("refs", "", "", 0) : Optional.empty();
  }

  /** "Apple File System Reference", 2020: the container's super block. */
  static Optional<FileSystemHead> apfs(Bytes head) throws IOException {
    return head.has(32, "NXSB")
        ? found("apfs", "", head.uuid(72), times(head.i64(40), head.u32(36)))
        : Optional.empty();
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
        ZfsLabel label = ZfsLabel.read(volume);
        return found("zfs_member", label.pool(), label.number(), 0);
      }
    }
    return Optional.empty();
  }

  /** bcachefs, whose super block looks like bcache's but for its magic number. */
  static Optional<FileSystemHead> bcachefs(Bytes head) throws IOException {
    return isAt(head, BCACHE, BCACHEFS_MAGIC)
        ? found("bcachefs", head.text(BCACHE + 72, 32), head.uuid(BCACHE + 56), 0)
        : Optional.empty();
  }

  /** A device of bcache: a cache, or what one is for. */
  static Optional<FileSystemHead> bcache(Bytes head) throws IOException {
    return isAt(head, BCACHE, BCACHE_MAGIC)
        ? found("bcache", head.text(BCACHE + 72, 32), head.uuid(BCACHE + 40), 0)
        : Optional.empty();
  }

  private static boolean isAt(Bytes head, int superblock, String magic) throws IOException {
    return head.length() >= superblock + 128 && head.uuid(superblock + 24L).equals(magic);
  }

  /** NILFS2; its magic number is short, so that other fields must be right, too. */
  static Optional<FileSystemHead> nilfs(Bytes head) throws IOException {
    if (head.length() < 2 * SUPERBLOCK) {
      return Optional.empty();
    }
    Bytes bytes = head.from(SUPERBLOCK);
    boolean isOne =
        bytes.u32(0) == 2
            && bytes.u16(6) == 0x3434
            && bytes.u16(8) >= 248
            && bytes.u16(8) <= SUPERBLOCK
            && bytes.u32(20) <= 6
            && bytes.i64(24) > 0
            && bytes.i64(32) > 0;
    return isOne
        ? found("nilfs2", bytes.text(168, 80), bytes.uuid(152), bytes.i64(32))
        : Optional.empty();
  }

  /** The file system of Minix, versions 1 to 3; its magic numbers are short, too. */
  static Optional<FileSystemHead> minix(Bytes head) throws IOException {
    if (head.length() < 2 * SUPERBLOCK) {
      return Optional.empty();
    }
    Bytes bytes = head.from(SUPERBLOCK);
    int magic = bytes.u16(16);
    boolean isFirst = magic == 0x137F || magic == 0x138F;
    boolean isSecond = magic == 0x2468 || magic == 0x2478;
    if (isFirst || isSecond) {
      long zones = isFirst ? bytes.u16(2) : bytes.u32(20);
      return minix(bytes.u16(0), zones, bytes.u16(4), bytes.u16(6), bytes.u16(10), SUPERBLOCK);
    }
    int block = bytes.u16(28);
    boolean isThird = bytes.u16(24) == 0x4D5A && Integer.bitCount(block) == 1 && block >= 512;
    return isThird
        ? minix(bytes.u32(0), bytes.u32(20), bytes.u16(6), bytes.u16(8), bytes.u16(12), block)
        : Optional.empty();
  }

  /** Where the maps are as large as what they are maps of. */
  private static Optional<FileSystemHead> minix(
      long inodes, long zones, long inodeMap, long zoneMap, int zoneLog, long block) {
    boolean isOne =
        zoneLog == 0
            && inodes > 0
            && zones > 0
            && inodeMap * block * 8 > inodes
            && zoneMap * block * 8 + inodes + zoneMap + inodeMap >= zones;
    return isOne ? found("minix", "", "", times(zones, block)) : Optional.empty();
  }

  /** VMFS of VMware: a part of a datastore, or (before version 3) the file system itself. */
  static Optional<FileSystemHead> vmfs(Source volume) throws IOException {
    Bytes member = volume.readUpTo(VMFS_VOLUME, 256);
    if (member.length() == 256 && member.i32(0) == VMFS_VOLUME_MAGIC) {
      return found("VMFS_volume_member", "", vmfsNumber(member.from(130)), 0);
    }
    Bytes bytes = volume.readUpTo(VMFS, 256);
    return bytes.length() == 256 && bytes.i32(0) == VMFS_MAGIC
        ? found("VMFS", bytes.text(29, 128), vmfsNumber(bytes.from(9)), 0)
        : Optional.empty();
  }

  private static String vmfsNumber(Bytes bytes) throws IOException {
    HexFormat hex = HexFormat.of();
    String rest = hex.formatHex(bytes.array(10, 6));
    return hex.toHexDigits(bytes.i32(0))
        + "-"
        + hex.toHexDigits(bytes.i32(4))
        + "-"
        + hex.toHexDigits((short) bytes.u16(8))
        + "-"
        + rest;
  }
}
