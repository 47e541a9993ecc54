package dev.platter.raw;

import dev.platter.storage.Storage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * Machine images, as image services name them: a file system of Linux without a partition table,
 * which is started with a kernel and a ramdisk of its own.
 */
public final class AmiFormat extends NamedRawFormat {
  private static final int BOOT_SIGNATURE = 510;
  private static final int EXT_MAGIC = 1024 + 56;
  private static final int EXT_REVISION = 1024 + 76;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final int XFS_MAGIC = 0x58465342;

  /** Found by {@link java.util.ServiceLoader}. */
  public AmiFormat() {}

  @Override
  public String name() {
    return "ami";
  }

  @Override
  boolean isIn(Storage storage, MemorySegment head) {
    return !fileSystem(head).isEmpty();
  }

  private static String fileSystem(MemorySegment head) {
    if (head.byteSize() < 2048 || head.get(SHORT, BOOT_SIGNATURE) == (short) 0xAA55) {
      return "";
    }
    if (head.get(INT, 0) == XFS_MAGIC) {
      return "xfs";
    }
    boolean ext = head.get(SHORT, EXT_MAGIC) == (short) 0xEF53;
    return ext && head.get(ValueLayout.JAVA_BYTE, EXT_REVISION) <= 1 ? "ext2, ext3 or ext4" : "";
  }

  @Override
  Map<String, Object> tell(Storage storage, MemorySegment head) {
    String fileSystem = fileSystem(head);
    return fileSystem.isEmpty() ? Map.of() : Map.of("file-system", fileSystem);
  }
}
