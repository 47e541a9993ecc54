package dev.platter.vhdx;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.UUID;

/** GUIDs as Windows stores them: the first three fields in little-endian order. */
final class Guid {
  static final int LENGTH = 16;

  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  static final UUID NONE = new UUID(0, 0);
  static final UUID BAT_REGION = UUID.fromString("2DC27766-F623-4200-9D64-115E9BFD4A08");
  static final UUID METADATA_REGION = UUID.fromString("8B7CA206-4790-4B9A-B8FE-575F050F886E");
  static final UUID FILE_PARAMETERS = UUID.fromString("CAA16737-FA36-4D43-B3B6-33F0AA44E76B");
  static final UUID VIRTUAL_DISK_SIZE = UUID.fromString("2FA54224-CD1B-4876-B211-5DBED83BF4B8");
  static final UUID VIRTUAL_DISK_ID = UUID.fromString("BECA12AB-B2E6-4523-93EF-C309E000C746");
  static final UUID LOGICAL_SECTOR_SIZE = UUID.fromString("8141BF1D-A96F-4709-BA47-F233A8FAAB5F");
  static final UUID PHYSICAL_SECTOR_SIZE = UUID.fromString("CDA348C7-445D-4471-9CC9-E9885251C556");
  static final UUID PARENT_LOCATOR = UUID.fromString("A8D35F2D-B30B-454D-ABF7-D3D84834AB0C");
  static final UUID VHDX_LOCATOR = UUID.fromString("B04AEFB7-D19E-4A81-B789-25B8E9445913");

  private static final ValueLayout.OfLong BIG_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Guid() {}

  static UUID read(MemorySegment bytes, long at) {
    long high =
        Integer.toUnsignedLong(bytes.get(INT, at)) << 32
            | (bytes.get(SHORT, at + 4) & 0xFFFFL) << 16
            | (bytes.get(SHORT, at + 6) & 0xFFFFL);
    return new UUID(high, bytes.get(BIG_LONG, at + 8));
  }

  static void write(MemorySegment bytes, long at, UUID guid) {
    long high = guid.getMostSignificantBits();
    bytes.set(INT, at, (int) (high >>> 32));
    bytes.set(SHORT, at + 4, (short) (high >>> 16));
    bytes.set(SHORT, at + 6, (short) high);
    bytes.set(BIG_LONG, at + 8, guid.getLeastSignificantBits());
  }

  /** The GUID of a text such as {@code {8B7CA206-4790-4B9A-B8FE-575F050F886E}}. */
  static UUID parse(String text) throws CorruptImageException {
    try {
      boolean inBraces = text.startsWith("{") && text.endsWith("}");
      return UUID.fromString(inBraces ? text.substring(1, text.length() - 1) : text);
    } catch (IllegalArgumentException e) {
      throw Fault.UNPLACED.corrupt("not a GUID: '" + text + "'", e);
    }
  }
}
