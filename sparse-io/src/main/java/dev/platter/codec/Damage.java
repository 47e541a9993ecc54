package dev.platter.codec;

import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** The ways in which a block can fail to decode, said in one voice by all decoders. */
final class Damage {
  private Damage() {}

  static CodecException corrupt(Encoding encoding, MemorySegment source) {
    return new CodecException(
        name(encoding)
            + " stream is damaged or does not end within "
            + source.byteSize()
            + " bytes");
  }

  static CodecException tooShort(Encoding encoding, MemorySegment target) {
    return new CodecException(
        name(encoding) + " stream decodes to fewer than " + target.byteSize() + " bytes");
  }

  static CodecException tooLong(Encoding encoding, MemorySegment target) {
    return new CodecException(
        name(encoding) + " stream decodes to more than " + target.byteSize() + " bytes");
  }

  private static String name(Encoding encoding) {
    return encoding.name().toLowerCase(Locale.ROOT);
  }
}
