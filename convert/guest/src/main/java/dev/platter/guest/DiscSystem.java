package dev.platter.guest;

import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Source;
import dev.platter.guest.volume.FileSystemHeads;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * The system that a disc starts, to be tried or to install itself: its root is a file system in a
 * file of the disc, which may hold another such file.
 */
final class DiscSystem {
  private static final int MOST_DEEP = 2;

  /** Where distributions have it. */
  private static final List<String> ROOTS =
      List.of(
          "/casper/filesystem.squashfs",
          "/casper/minimal.squashfs",
          "/casper/ubuntu-server-minimal.squashfs",
          "/live/filesystem.squashfs",
          "/LiveOS/squashfs.img",
          "/LiveOS/rootfs.img",
          "/images/install.img",
          "/arch/x86_64/airootfs.sfs",
          "/arch/x86_64/airootfs.erofs");

  private DiscSystem() {}

  /** Looks for it on a disc; else for what the disc says that it installs. */
  static Optional<OperatingSystem> find(FileTree disc, String place) throws IOException {
    Optional<OperatingSystem> found = find(disc, place, 0);
    return found.isPresent() ? found : InstallerDisc.find(disc, place);
  }

  private static Optional<OperatingSystem> find(FileTree files, String place, int deep)
      throws IOException {
    for (String path : ROOTS) {
      Optional<Source> root = files.open(path);
      Optional<FileSystemHead> head =
          root.isPresent() ? FileSystemHeads.identify(root.get()) : Optional.empty();
      if (head.isPresent() && head.get().isReadable()) {
        FileTree inside = head.get().open();
        String there = place + " " + path;
        Optional<OperatingSystem> found = UnixSystem.find(inside, there).map(SystemRoot::system);
        if (found.isEmpty() && deep + 1 < MOST_DEEP) {
          found = find(inside, there, deep + 1);
        }
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return Optional.empty();
  }
}
