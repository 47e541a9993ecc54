package dev.platter.guest;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.FileTree;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds Linux (and FreeBSD's user land, which has the same file) below a root directory. */
final class UnixSystem {
  private static final int MAX_TEXT = 1 << 16;
  private static final int MAX_DEPLOYMENTS = 16;
  private static final int MAX_KERNELS = 16;

  /** Where os-release is in a root, and in what is mounted on /usr. */
  private static final List<String> OS_RELEASE =
      List.of("/etc/os-release", "/usr/lib/os-release", "/lib/os-release");

  private static final List<String> PROGRAMS =
      List.of(
          "/bin/sh",
          "/usr/lib/systemd/systemd",
          "/lib/systemd/systemd",
          "/usr/bin/bash",
          "/bin/bash",
          "/bin/busybox",
          "/sbin/init");

  private UnixSystem() {}

  /**
   * Looks in the root of a file system, and in the directories in which it may keep several roots:
   * btrfs' subvolumes, ostree's deployments.
   */
  static Optional<SystemRoot> find(FileTree files, String place) throws IOException {
    Optional<SystemRoot> found = findIn(files, place);
    if (found.isPresent()) {
      return found;
    }
    for (String directory : List.of("@", "root", "@rootfs", "@/.snapshots/1/snapshot")) {
      Optional<Node> root = files.directory(directory);
      if (root.isPresent()) {
        found = findIn(new FileTree(root.get()), place + " /" + directory);
        if (found.isPresent()) {
          return found;
        }
      }
    }
    return findDeployed(files, place);
  }

  /** {@code /ostree/deploy/NAME/deploy/CHECKSUM.N}. */
  private static Optional<SystemRoot> findDeployed(FileTree files, String place)
      throws IOException {
    Optional<Node> names = files.directory("/ostree/deploy");
    if (names.isEmpty()) {
      return Optional.empty();
    }
    int looked = 0;
    for (String name : names.get().names()) {
      String deploy = "/ostree/deploy/" + name + "/deploy";
      Optional<Node> versions = files.directory(deploy);
      for (String version : versions.isPresent() ? versions.get().names() : List.<String>of()) {
        Optional<Node> root = files.directory(deploy + "/" + version);
        if (root.isPresent() && ++looked <= MAX_DEPLOYMENTS) {
          Optional<SystemRoot> found =
              findIn(new FileTree(root.get()), place + " " + deploy + "/" + version);
          if (found.isPresent()) {
            return found;
          }
        }
      }
    }
    return Optional.empty();
  }

  private static Optional<SystemRoot> findIn(FileTree root, String place) throws IOException {
    for (String path : OS_RELEASE) {
      Optional<String> text = text(root, path);
      if (text.isPresent()) {
        Map<String, String> values = OsRelease.parse(text.get());
        String id = values.getOrDefault("ID", "linux"); // the default that the manual has
        String version = values.getOrDefault("VERSION_ID", "");
        String name = values.getOrDefault("NAME", "Linux");
        String pretty = values.getOrDefault("PRETTY_NAME", (name + " " + version).strip());
        String type = id.equals("freebsd") ? "freebsd" : "linux";
        return Optional.of(system(type, id, version, pretty, root, place));
      }
    }
    return findOld(root, place);
  }

  /** Systems from before os-release. */
  private static Optional<SystemRoot> findOld(FileTree root, String place) throws IOException {
    for (OldRelease release : OldRelease.values()) {
      Optional<String> text = text(root, release.path());
      if (text.isPresent()) {
        Optional<OldRelease.Told> told = release.read(text.get());
        if (told.isPresent()) {
          OldRelease.Told system = told.get();
          return Optional.of(
              system("linux", system.id(), system.version(), system.name(), root, place));
        }
      }
    }
    return Optional.empty();
  }

  private static SystemRoot system(
      String type, String id, String version, String pretty, FileTree root, String place)
      throws IOException {
    String told = Executables.architectureOf(root, PROGRAMS);
    String architecture = told.isEmpty() ? kernelArchitecture(root, "/boot") : told;
    return new SystemRoot(
        new OperatingSystem(type, id, version, pretty, architecture, place), root);
  }

  /**
   * For which machine the first kernel in a directory is made that says it, as all do that UEFI can
   * start; empty: none says so.
   */
  static String kernelArchitecture(FileTree files, String directory) throws IOException {
    Optional<Node> boot = files.directory(directory);
    List<String> kernels = new ArrayList<>();
    for (String name : boot.isPresent() ? boot.get().names() : List.<String>of()) {
      if (name.startsWith("vmlinuz") && kernels.size() < MAX_KERNELS) {
        kernels.add(directory + "/" + name);
      }
    }
    return Executables.architectureOf(files, kernels);
  }

  private static Optional<String> text(FileTree root, String path) throws IOException {
    Optional<Bytes> head = root.head(path, MAX_TEXT);
    return head.isPresent()
        ? Optional.of(head.get().name(0, head.get().length()))
        : Optional.empty();
  }
}
