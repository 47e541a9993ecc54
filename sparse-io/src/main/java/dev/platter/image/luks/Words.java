package dev.platter.image.luks;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Numbers and texts as headers have them: big endian, filled up with zeros. */
final class Words {
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private Words() {}

  static int versionAt(Storage storage, long start) throws IOException {
    MemorySegment head = MemorySegment.ofArray(new byte[8]);
    return storage.read(start, head) < head.byteSize() ? -1 : versionOf(head);
  }

  static int versionOf(MemorySegment head) {
    return hasMagic(head, LuksHeader.MAGIC) ? Short.toUnsignedInt(head.get(SHORT, 6)) : -1;
  }

  /** Whether the bytes begin with a magic, which a version follows. */
  static boolean hasMagic(MemorySegment head, String magic) {
    if (head.byteSize() < magic.length() + Short.BYTES) {
      return false;
    }
    for (int i = 0; i < magic.length(); i++) {
      if ((head.get(ValueLayout.JAVA_BYTE, i) & 0xff) != magic.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static long number(MemorySegment segment, long at) {
    return Integer.toUnsignedLong(segment.get(INT, at));
  }

  static byte[] bytes(MemorySegment segment, long at, int length) {
    return segment.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
  }

  static String text(MemorySegment segment, long at, int length) {
    String text = new String(bytes(segment, at, length), StandardCharsets.UTF_8);
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }

  static void put(MemorySegment segment, long at, int length, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    if (bytes.length >= length) {
      throw new IllegalArgumentException("'" + text + "' is longer than " + (length - 1));
    }
    segment.asSlice(at, length).fill((byte) 0);
    put(segment, at, bytes);
  }

  static void put(MemorySegment segment, long at, byte[] bytes) {
    MemorySegment.copy(bytes, 0, segment, ValueLayout.JAVA_BYTE, at, bytes.length);
  }
}
