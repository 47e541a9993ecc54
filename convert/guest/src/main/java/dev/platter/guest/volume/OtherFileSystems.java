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
