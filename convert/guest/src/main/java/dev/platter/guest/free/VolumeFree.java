package dev.platter.guest.free;

import dev.platter.guest.FileSystem;
import dev.platter.guest.Volume;
import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.btrfs.BtrfsFree;
import dev.platter.guest.files.exfat.ExfatFree;
import dev.platter.guest.files.ext.ExtFree;
import dev.platter.guest.files.fat.FatFree;
import dev.platter.guest.files.ntfs.NtfsFree;
import dev.platter.guest.files.xfs.XfsFree;
import dev.platter.guest.volume.FileSystemHeads;
import dev.platter.guest.volume.LvmGroup;
import java.io.IOException;
import java.util.List;

/** What is free in one volume, by what fills it. */
final class VolumeFree {
  /** Of all pages that swap space may have, the largest. */
  private static final int MAX_PAGE = 1 << 16;

  private VolumeFree() {}

  /** The bytes of a volume of which all can be found. */
  static Source bytes(Volume volume) throws IOException {
    FileSystem found = volume.fileSystem();
    if (volume.bytes().isEmpty() || found.unreadable().isPresent()) {
      throw new IOException(found.unreadable().orElse("not all of it is here"));
    }
    return volume.bytes().get();
  }

  /** Tells what is free; an error: nothing is. */
  static void find(Volume volume, FreeSink sink) throws IOException {
    Source bytes = bytes(volume);
    bytes.budget().renew();
    String kind = volume.fileSystem().kind();
    List<String> signs = FileSystemHeads.signs(bytes);
    if (signs.size() > 1) {
      throw new IOException("it has the signs of " + String.join(" and ", signs));
    }
    switch (kind) {
      case "ext2", "ext3", "ext4" -> ExtFree.find(bytes, sink);
      case "fat12", "fat16", "fat32" -> FatFree.find(bytes, sink);
      case "exfat" -> ExfatFree.find(bytes, sink);
      case "ntfs" -> NtfsFree.find(bytes, sink);
      case "xfs" -> XfsFree.find(bytes, sink);
      case "btrfs" -> BtrfsFree.find(bytes, sink);
      case "swap" -> swap(bytes, volume.fileSystem().size(), sink);
      case "LVM2_member" -> lvm(LvmGroup.open(bytes), sink);
      default -> {
        boolean isEncrypted = kind.startsWith("crypto_") || kind.equals("BitLocker");
        throw new IOException(
            isEncrypted ? "it is encrypted" : "what is free in " + kind + " is not known here");
      }
    }
  }

  private static void lvm(LvmGroup group, FreeSink sink) throws IOException {
    if (!group.isPlain() && group.free().isEmpty()) {
      throw new IOException("its group has other physical volumes, or volumes that share bytes");
    }
    for (LvmGroup.Span span : group.free()) {
      sink.free(span.offset(), span.length());
    }
  }

  /** Whether no volume of a group has a part of another one. */
  static boolean isPlainGroup(Volume volume) {
    try {
      return LvmGroup.open(bytes(volume)).isPlain();
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * All but the first page, where label, UUID and bad pages are; a sleeping system has another
   * sign.
   */
  private static void swap(Source bytes, long size, FreeSink sink) throws IOException {
    Bytes head = bytes.readUpTo(0, MAX_PAGE);
    head.require(head.length() == MAX_PAGE && head.u32(1024) == 1, "swap of another version");
    head.require(head.u32(1032) == 0, "swap with bad pages");
    if (size > MAX_PAGE && size <= bytes.size()) {
      sink.free(MAX_PAGE, size - MAX_PAGE);
    }
  }
}
