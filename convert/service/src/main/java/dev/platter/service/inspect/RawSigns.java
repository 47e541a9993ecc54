package dev.platter.service.inspect;

import dev.platter.guest.GuestInspector;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Danger;
import dev.platter.image.Sign;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/** What raw disks are judged by: a master boot record that could be none, and encrypted disks. */
final class RawSigns {
  /** The format of encrypted disks. */
  static final String LUKS = "luks";

  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private RawSigns() {}

  /** Whether it is an encrypted disk. */
  static boolean isLuks(MemorySegment head) {
    Optional<Sign> sign = Sign.ofHead(head);
    return sign.isPresent() && sign.get().format().equals(LUKS);
  }

  static void judge(MemorySegment head, List<Danger> dangers) throws CorruptImageException {
    if (isLuks(head)) {
      int version = head.byteSize() < 8 ? 0 : Short.toUnsignedInt(head.get(BIG_SHORT, 6));
      dangers.add(
          new Danger(
              "luks",
              "it is encrypted with LUKS " + version + ", and what is inside cannot be judged"));
    }
    GuestInspector.mbrFault(head).ifPresent(fault -> dangers.add(new Danger("mbr", fault)));
  }
}
