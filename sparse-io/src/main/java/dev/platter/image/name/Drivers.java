package dev.platter.image.name;

import dev.platter.storage.Location;
import dev.platter.storage.StorageProviders;
import java.util.List;

/**
 * What QEMU calls the drivers of a name by options: protocols, which give bytes; formats, which
 * give the disk that is in the bytes; and filters, which give what lies below them once more.
 */
public final class Drivers {
  /** The driver of devices, which opens nothing else. */
  static final String HOST_DEVICE = "host_device";

  /** The driver that injects errors; its name as text is {@code blkdebug:CONFIG:NAME}. */
  public static final String BLKDEBUG = "blkdebug";

  /** All that are always there and are no formats. */
  public static final List<String> NAMES =
      List.of(
          Location.FILE,
          HOST_DEVICE,
          "null-co",
          "null-aio",
          BLKDEBUG,
          "quorum",
          "throttle",
          "compress",
          "copy-on-read",
          "preallocate");

  private Drivers() {}

  /** Whether it opens a file or device of this machine. */
  static boolean isFile(String driver) {
    return driver.equals(Location.FILE) || driver.equals(HOST_DEVICE);
  }

  /** Whether it gives zeros and takes whatever is written to it. */
  public static boolean isNull(String driver) {
    return driver.equals("null-co") || driver.equals("null-aio");
  }

  /** Whether it gives what lies below it, in one way or another. */
  public static boolean isFilter(String driver) {
    return switch (driver) {
      case BLKDEBUG, "quorum", "throttle", "compress", "copy-on-read", "preallocate" -> true;
      default -> false;
    };
  }

  /** Whether it gives bytes as they are, and so a raw disk. */
  public static boolean givesBytes(String driver) {
    return isFile(driver) || isNull(driver) || isFilter(driver) || StorageProviders.knows(driver);
  }

  /** The option under which a filter has what lies below it. */
  public static String childOf(String filter) {
    return filter.equals(BLKDEBUG) ? "image" : "file";
  }
}
