package dev.platter.service.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * The file system that a directory was found in, as long as it is mounted where it was. Where
 * devices have no numbers, nothing is noticed. For any thread.
 */
final class MountPoint {
  private final Path directory;
  private final Devices devices;
  private volatile Path point;

  /** Tells devices apart. */
  @FunctionalInterface
  interface Devices {
    /** The number of the device that has the directory; empty if there is none. */
    OptionalLong of(Path directory);
  }

  MountPoint(Path directory) {
    this(directory, MountPoint::deviceOf);
  }

  MountPoint(Path directory, Devices devices) {
    this.directory = directory;
    this.devices = devices;
    point = find();
  }

  private static OptionalLong deviceOf(Path directory) {
    try {
      return Files.getAttribute(directory, "unix:dev") instanceof Long device
          ? OptionalLong.of(device)
          : OptionalLong.empty();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return OptionalLong.empty();
    }
  }

  /** The directory above which another file system begins; null where there is none. */
  private Path find() {
    OptionalLong device = devices.of(directory);
    for (Path at = directory; device.isPresent() && at.getParent() != null; at = at.getParent()) {
      if (!devices.of(at.getParent()).equals(device)) {
        return at;
      }
    }
    return null;
  }

  /** Whether what was mounted there once is no more. */
  boolean isGone() {
    Path known = point;
    if (known == null) {
      point = find(); // it may be mounted later
      return false;
    }
    return devices.of(known).equals(devices.of(known.getParent()));
  }
}
