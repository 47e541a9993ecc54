package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a computer can start from a disc: the boot catalog of the El Torito specification, 1.0. */
final class BootCatalog {
  private static final int LENGTH = VolumeDescriptors.SECTOR;
  private static final int ENTRY = 32;
  private static final int VALIDATION = 0x01;
  private static final int BOOTABLE = 0x88;
  private static final int SECTION = 0x90;
  private static final int LAST_SECTION = 0x91;
  private static final int EXTENSION = 0x44;
  private static final int MAX_ENTRIES = LENGTH / ENTRY;

  private BootCatalog() {}

  /**
   * Its bootable entries, in order; none where it is missing or not one.
   *
   * @param sector where it stands; negative: nowhere
   */
  static List<Object> read(Storage storage, long sector) throws IOException {
    List<Object> found = new ArrayList<>();
    if (sector < 0) {
      return found;
    }
    byte[] bytes = new byte[LENGTH];
    storage.read(sector * VolumeDescriptors.SECTOR, MemorySegment.ofArray(bytes));
    ByteBuffer catalog = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    if (catalog.get(0) != VALIDATION || catalog.getShort(30) != (short) 0xAA55) {
      return found;
    }
    add(found, catalog, ENTRY, catalog.get(1));
    for (int at = 2 * ENTRY, left = 0, platform = 0; at <= LENGTH - ENTRY; at += ENTRY) {
      int kind = catalog.get(at) & 0xFF;
      if (left > 0) {
        if (kind != EXTENSION) {
          add(found, catalog, at, (byte) platform);
          left--;
        }
      } else if (kind == SECTION || kind == LAST_SECTION) {
        platform = catalog.get(at + 1);
        left = Math.min(MAX_ENTRIES, catalog.getShort(at + 2) & 0xFFFF);
      } else {
        break;
      }
    }
    return found;
  }

  private static void add(List<Object> found, ByteBuffer catalog, int at, byte platform) {
    if ((catalog.get(at) & 0xFF) == BOOTABLE) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("platform", platform(platform & 0xFF));
      entry.put("emulation", emulation(catalog.get(at + 1) & 0x0F));
      entry.put(
          "offset", Integer.toUnsignedLong(catalog.getInt(at + 8)) * VolumeDescriptors.SECTOR);
      found.add(entry);
    }
  }

  private static String platform(int platform) {
    return switch (platform) {
      case 0 -> "BIOS";
      case 1 -> "PowerPC";
      case 2 -> "Mac";
      case 0xEF -> "UEFI";
      default -> "platform " + platform;
    };
  }

  private static String emulation(int media) {
    return switch (media) {
      case 0 -> "none";
      case 1, 2, 3 -> "floppy";
      case 4 -> "disk";
      default -> "media " + media;
    };
  }
}
