package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The volume descriptors of a disc: those of ISO 9660 (ECMA-119, section 8) with Joliet and Rock
 * Ridge, and the recognition sequence of UDF (ECMA-167, part 2). What they say is told, not
 * trusted.
 */
final class VolumeDescriptors {
  static final int SECTOR = 2048;

  private static final int FIRST = 16;
  private static final int MAX_DESCRIPTORS = 64;
  private static final int BOOT_RECORD = 0;
  private static final int PRIMARY = 1;
  private static final int SUPPLEMENTARY = 2;

  private byte[] primary;
  private boolean joliet;
  private boolean udf;
  private boolean rockRidge;
  private long bootCatalog = -1;

  private VolumeDescriptors() {}

  /** Whether the head of a file holds the first descriptors of either kind. */
  static boolean areIn(MemorySegment head) {
    for (long at = FIRST * SECTOR; at + 6 <= head.byteSize(); at += SECTOR) {
      byte[] bytes = head.asSlice(at, 6).toArray(ValueLayout.JAVA_BYTE);
      String id = identifier(bytes);
      boolean isIso = id.equals("CD001") && (bytes[0] == BOOT_RECORD || bytes[0] == PRIMARY);
      if ((at == FIRST * SECTOR && isIso) || id.equals("NSR02") || id.equals("NSR03")) {
        return true;
      }
    }
    return false;
  }

  static VolumeDescriptors read(Storage storage) throws IOException {
    VolumeDescriptors all = new VolumeDescriptors();
    byte[] bytes = new byte[SECTOR];
    for (int i = 0; i < MAX_DESCRIPTORS; i++) {
      long offset = (long) (FIRST + i) * SECTOR;
      if (storage.read(offset, MemorySegment.ofArray(bytes)) < SECTOR || !all.take(bytes)) {
        break;
      }
    }
    all.rockRidge = all.primary != null && RockRidge.isIn(storage, all.primary);
    return all;
  }

  /** Whether another descriptor may follow. */
  private boolean take(byte[] bytes) {
    switch (identifier(bytes)) {
      case "CD001" -> takeIso(bytes, bytes[0] & 0xFF);
      case "NSR02", "NSR03" -> udf = true;
      case "BEA01", "BOOT2" -> {}
      default -> {
        return false;
      }
    }
    return true;
  }

  private void takeIso(byte[] bytes, int type) {
    if (type == PRIMARY && primary == null) {
      primary = bytes.clone();
    } else if (type == SUPPLEMENTARY) {
      String escape = new String(bytes, 88, 3, StandardCharsets.ISO_8859_1);
      joliet |= escape.equals("%/@") || escape.equals("%/C") || escape.equals("%/E");
    } else if (type == BOOT_RECORD && DiscText.at(bytes, 7, 32).equals("EL TORITO SPECIFICATION")) {
      bootCatalog = Integer.toUnsignedLong(little(bytes).getInt(71));
    }
  }

  private static String identifier(byte[] bytes) {
    return new String(bytes, 1, 5, StandardCharsets.ISO_8859_1);
  }

  static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  boolean hasUdf() {
    return udf;
  }

  /** The sector of the boot catalog; negative: none. */
  long bootCatalog() {
    return bootCatalog;
  }

  /** How many bytes the primary descriptor says that the volume has; 0: it does not say. */
  long declaredSize() {
    if (primary == null) {
      return 0;
    }
    ByteBuffer bytes = little(primary);
    return Integer.toUnsignedLong(bytes.getInt(80)) * (bytes.getShort(128) & 0xFFFF);
  }

  void tell(Map<String, Object> more) {
    List<Object> systems = new ArrayList<>();
    if (primary != null) {
      systems.add("ISO 9660");
    }
    if (joliet) {
      systems.add("Joliet");
    }
    if (rockRidge) {
      systems.add("Rock Ridge");
    }
    if (udf) {
      systems.add("UDF");
    }
    more.put("file-systems", systems);
    if (primary != null) {
      tellText(more, "volume-id", 40, 32);
      tellText(more, "publisher", 318, 128);
      tellText(more, "application", 574, 128);
      String time = DiscText.timeAt(primary, 813);
      if (!time.isEmpty()) {
        more.put("created", time);
      }
    }
  }

  private void tellText(Map<String, Object> more, String key, int offset, int length) {
    String text = DiscText.at(primary, offset, length);
    if (!text.isEmpty()) {
      more.put(key, text);
    }
  }
}
