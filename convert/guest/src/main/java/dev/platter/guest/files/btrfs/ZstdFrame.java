package dev.platter.guest.files.btrfs;

import dev.platter.guest.files.Bytes;
import dev.platter.image.CorruptImageException;
import java.util.OptionalLong;

/** The header of a Zstandard frame (RFC 8878, 3.1.1.1). */
final class ZstdFrame {
  private static final int[] DICTIONARY_BYTES = {0, 1, 2, 4};

  private ZstdFrame() {}

  /** How many bytes the frame says it decodes to, if it does. */
  static OptionalLong contentSize(Bytes frame) throws CorruptImageException {
    int descriptor = frame.u8(4);
    boolean single = (descriptor & 0x20) != 0;
    int at = 5 + (single ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3];
    return switch (descriptor >> 6) {
      case 0 -> single ? OptionalLong.of(frame.u8(at)) : OptionalLong.empty();
      case 1 -> OptionalLong.of(frame.u16(at) + 256L);
      case 2 -> OptionalLong.of(frame.u32(at));
      default -> OptionalLong.of(frame.u63(at));
    };
  }
}
