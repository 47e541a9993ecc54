package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.btrfs.BtrfsSuperblock;
import dev.platter.guest.files.erofs.ErofsSuperblock;
import dev.platter.guest.files.exfat.ExfatFileSystem;
import dev.platter.guest.files.ext.ExtSuperblock;
import dev.platter.guest.files.f2fs.F2fsSuperblock;
import dev.platter.guest.files.fat.FatFileSystem;
import dev.platter.guest.files.ntfs.NtfsBootSector;
import dev.platter.guest.files.squashfs.SquashSuperblock;
import dev.platter.guest.files.xfs.XfsSuperblock;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Tells what fills a volume by its first bytes, and in one case its last ones. */
public final class FileSystemHeads {
  /** Reaches to the end of a super block at 64 KiB. */
  private static final int HEAD = (1 << 16) + 4096;

  private interface Probe {
    Optional<FileSystemHead> look(Source volume, Bytes head) throws IOException;
  }

  private record Kind(String name, Probe probe) {}

  /** Those with unmistakable signs first; what looks like FAT may be many things. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind("crypto_LUKS", (_, head) -> Containers.luks(head)),
          new Kind("BitLocker", (_, head) -> Containers.bitLocker(head)),
          new Kind("LVM2_member", Containers::lvm),
          new Kind("linux_raid_member", Containers::raid),
          new Kind("xfs", XfsSuperblock::identify),
          new Kind("ntfs", NtfsBootSector::identify),
          new Kind("exfat", ExfatFileSystem::identify),
          new Kind("refs", (_, head) -> OtherFileSystems.refs(head)),
          new Kind("squashfs", SquashSuperblock::identify),
          new Kind("erofs", ErofsSuperblock::identify),
          new Kind("apfs", (_, head) -> OtherFileSystems.apfs(head)),
          new Kind("f2fs", F2fsSuperblock::identify),
          new Kind("bcachefs", (_, head) -> OtherFileSystems.bcachefs(head)),
          new Kind("bcache", (_, head) -> OtherFileSystems.bcache(head)),
          new Kind("VMFS", (volume, _) -> OtherFileSystems.vmfs(volume)),
          new Kind("btrfs", (volume, _) -> BtrfsSuperblock.identify(volume)),
          new Kind("ext4", ExtSuperblock::identify),
          new Kind("reiserfs", (_, head) -> OtherFileSystems.reiserfs(head)),
          new Kind("jfs", (_, head) -> OtherFileSystems.jfs(head)),
          new Kind("ufs", (_, head) -> OtherFileSystems.ufs(head)),
          new Kind("nilfs2", (_, head) -> OtherFileSystems.nilfs(head)),
          new Kind("minix", (_, head) -> OtherFileSystems.minix(head)),
          new Kind("swap", (_, head) -> Containers.swap(head)),
          new Kind("iso9660", Discs::identify),
          new Kind("hfsplus", AppleFileSystems::identify), // which discs may be, too
          new Kind("zfs_member", (volume, _) -> OtherFileSystems.zfs(volume)),
          new Kind("vfat", FatFileSystem::identify));

  private FileSystemHeads() {}

  /**
   * The kinds of which the volume has signs, damaged or not: where there are several, all but one
   * are what was there before, and no program can tell which one is.
   */
  public static List<String> signs(Source volume) throws IOException {
    Bytes head = volume.readUpTo(0, HEAD);
    List<String> found = new ArrayList<>();
    for (Kind kind : KINDS) {
      try {
        kind.probe().look(volume, head).ifPresent(sign -> found.add(sign.kind()));
      } catch (ImageException e) {
        found.add(kind.name());
      }
    }
    return found;
  }

  /**
   * What fills the volume; empty: nothing that is known here. Where the sign of a file system is
   * there and the rest of its head is damaged, opening it tells why.
   */
  public static Optional<FileSystemHead> identify(Source volume) throws IOException {
    Bytes head = volume.readUpTo(0, HEAD);
    for (Kind kind : KINDS) {
      try {
        Optional<FileSystemHead> found = kind.probe().look(volume, head);
        if (found.isPresent()) {
          return found;
        }
      } catch (ImageException e) {
        return Optional.of(
            new FileSystemHead(
                kind.name(),
                "",
                "",
                0,
                () -> {
                  throw e;
                }));
      }
    }
    return Optional.empty();
  }
}
