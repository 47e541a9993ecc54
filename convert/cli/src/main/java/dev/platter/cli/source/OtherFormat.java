package dev.platter.cli.source;

import dev.platter.cli.line.Profile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** What is said of a file that has not the format the user says it has. */
final class OtherFormat {
  private static final ValueLayout.OfInt LE_INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LE_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  /**
   * Where a VDI has its signature and the size of its disk, and how large qemu-img lets that be.
   */
  private static final int VDI_SIGNATURE = 0x40;

  private static final int VDI_SIZE = 0x170;
  private static final long VDI_LARGEST = 0x1_ffff_f800_0000L;

  private OtherFormat() {}

  /**
   * In the words that qemu-img has for that format, as qemu-img.
   *
   * @param file its name, for messages
   * @param head its first bytes
   */
  static String reason(String format, String file, MemorySegment head) {
    if (Profile.current().asQemuImg()) {
      switch (format) {
        case "vmdk":
          return "invalid VMDK image descriptor";
        case "vpc":
          return "invalid VPC image";
        case "vhdx":
          return "Could not open '" + file + "': Invalid argument";
        case "parallels":
          return "Image not in Parallels format";
        case "vdi":
          return vdi(head);
        default:
          break;
      }
    }
    return "Image is not in " + format + " format";
  }

  private static String vdi(MemorySegment head) {
    boolean whole = head.byteSize() >= VDI_SIZE + Long.BYTES;
    long size = whole ? head.get(LE_LONG, VDI_SIZE) : 0;
    if (Long.compareUnsigned(size, VDI_LARGEST) > 0) {
      return "Unsupported VDI image size (size is 0x"
          + Long.toHexString(size)
          + ", max supported is 0x"
          + Long.toHexString(VDI_LARGEST)
          + ")";
    }
    String digits = "0000000" + Integer.toHexString(whole ? head.get(LE_INT, VDI_SIGNATURE) : 0);
    return "Image not in VDI format (bad signature "
        + digits.substring(digits.length() - 2 * Integer.BYTES)
        + ")";
  }
}
