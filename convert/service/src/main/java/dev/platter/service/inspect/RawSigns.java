package dev.platter.service.inspect;

import dev.platter.image.Danger;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What raw disks are judged by: a master boot record that could be none, an encrypted disk, and
 * formats that are not read here and must not pass for raw.
 */
final class RawSigns {
  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final byte[] LUKS = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
  private static final byte[] QED = "QED\0".getBytes(StandardCharsets.US_ASCII);

  private static final int SECTOR = 512;
  private static final int TABLE = 446;
  private static final int ENTRY = 16;
  private static final int ENTRIES = 4;
  private static final int PROTECTIVE = 0xEE;

  /** The head, cylinder and sector at which a protective partition begins: 0, 0, 2. */
  private static final int PROTECTIVE_START = 0x000200;

  private RawSigns() {}

  static void judge(MemorySegment head, List<Danger> dangers) {
    if (ContainerSigns.startsWith(head, 0, QED)) {
      dangers.add(new Danger("banned", "it is a QED image, which is not accepted"));
    }
    if (ContainerSigns.startsWith(head, 0, LUKS)) {
      int version = head.byteSize() < 8 ? 0 : Short.toUnsignedInt(head.get(BIG_SHORT, 6));
      dangers.add(
          new Danger(
              "luks",
              "it is encrypted with LUKS " + version + ", and what is inside cannot be judged"));
    }
    if (head.byteSize() >= SECTOR && hasBootSignature(head) && !isFat(head)) {
      judgeBootRecord(head, dangers);
    }
  }

  private static boolean hasBootSignature(MemorySegment head) {
    return head.get(BYTE, 510) == 0x55 && head.get(BYTE, 511) == (byte) 0xAA;
  }

  /** The boot sector of a FAT file system has the same signature, and no table. */
  private static boolean isFat(MemorySegment head) {
    return head.get(BYTE, 16) == 2 && head.get(BYTE, 21) == (byte) 0xF8;
  }

  private static void judgeBootRecord(MemorySegment head, List<Danger> dangers) {
    int partitions = 0;
    boolean protective = false;
    for (int i = 0; i < ENTRIES; i++) {
      long at = TABLE + (long) ENTRY * i;
      int flag = Byte.toUnsignedInt(head.get(BYTE, at));
      int type = Byte.toUnsignedInt(head.get(BYTE, at + 4));
      if (flag != 0 && flag != 0x80) {
        dangers.add(
            bad("partition " + (i + 1) + " has the boot flag 0x" + Integer.toHexString(flag)));
        return;
      }
      partitions += type == 0 ? 0 : 1;
      if (type == PROTECTIVE) {
        protective = true;
        int start = head.get(INT, at) >>> 8;
        int sector = head.get(INT, at + 8);
        if (start != PROTECTIVE_START || sector != 1) {
          dangers.add(
              bad(
                  "the protective partition begins at sector "
                      + Integer.toUnsignedString(sector)
                      + ", expected 1"));
          return;
        }
      }
    }
    if (protective && partitions > 1) {
      dangers.add(bad("there are other partitions beside the protective one"));
    } else if (partitions == 0) {
      dangers.add(bad("it has no partition"));
    }
  }

  private static Danger bad(String what) {
    return new Danger("mbr", "the master boot record is wrong: " + what);
  }
}
