package dev.platter.service.inspect;

import dev.platter.guest.GuestInspector;
import dev.platter.image.CorruptImageException;
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
  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private static final byte[] LUKS = {'L', 'U', 'K', 'S', (byte) 0xba, (byte) 0xbe};
  private static final byte[] QED = "QED\0".getBytes(StandardCharsets.US_ASCII);

  private RawSigns() {}

  static void judge(MemorySegment head, List<Danger> dangers) throws CorruptImageException {
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
    GuestInspector.mbrFault(head).ifPresent(fault -> dangers.add(new Danger("mbr", fault)));
  }
}
