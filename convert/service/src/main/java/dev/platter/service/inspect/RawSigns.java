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

/**
 * What raw disks are judged by: a master boot record that could be none, an encrypted disk, and
 * formats that are not read here and must not pass for raw.
 */
final class RawSigns {
  /** The format of encrypted disks. */
  static final String LUKS = "luks";

  private static final ValueLayout.OfShort BIG_SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private RawSigns() {}

  /** Whether it is an encrypted disk. */
  static boolean isLuks(MemorySegment head) {
    return isLuks(Sign.ofHead(head));
  }

  private static boolean isLuks(Optional<Sign> sign) {
    return sign.isPresent() && sign.get().format().equals(LUKS);
  }

  static void judge(MemorySegment head, List<Danger> dangers) throws CorruptImageException {
    Optional<Sign> sign = Sign.ofHead(head);
    if (isLuks(sign)) {
      int version = head.byteSize() < 8 ? 0 : Short.toUnsignedInt(head.get(BIG_SHORT, 6));
      dangers.add(
          new Danger(
              "luks",
              "it is encrypted with LUKS " + version + ", and what is inside cannot be judged"));
    } else if (sign.isPresent() && sign.get().probedByQemu()) {
      // Whoever has qemu-img find its format reads it as that, backing files and all.
      dangers.add(
          new Danger("banned", "it is " + sign.get().description() + ", which is not accepted"));
    }
    GuestInspector.mbrFault(head).ifPresent(fault -> dangers.add(new Danger("mbr", fault)));
  }
}
