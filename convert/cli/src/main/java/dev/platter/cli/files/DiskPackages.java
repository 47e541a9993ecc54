package dev.platter.cli.files;

import dev.platter.guest.packages.Inventory;
import java.util.List;

/**
 * What was found on one disk.
 *
 * @param name of the disk
 */
record DiskPackages(String name, Inventory inventory) {
  /** Why there may be more than was found. */
  List<String> doubts() {
    return inventory.doubts();
  }
}
