package dev.platter.qcow2.format;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The LUKS partition header inside an encrypted image ("Full disk encryption header pointer";
 * fields after "LUKS On-Disk Format Specification" 1.2), as far as it describes the encryption.
 */
public final class LuksHeader {
  private static final int LENGTH = 592;
  private static final long MAGIC = 0x4c554b53babe0001L;
  private static final int KEY_SLOTS = 8;
  private static final int KEY_SLOT_OFFSET = 208;
  private static final int KEY_SLOT_LENGTH = 48;
  private static final int KEY_ENABLED = 0x00ac71f3;
  private static final long SECTOR = 512;

  /**
   * What qemu-img's JSON tells of the encryption.
   *
   * @throws dev.platter.image.CorruptImageException if there is no such header where the extension
   *     says
   */
  public static Map<String, Object> describe(Storage storage, ImageHead head) throws IOException {
    MemorySegment pointer =
        head.extension(HeaderExtension.CRYPTO_HEADER)
            .map(HeaderExtension::data)
            .filter(data -> data.byteSize() == 16)
            .orElseThrow(() -> head.corrupt("Missing CRYPTO header for crypt method 2"));
    long offset = pointer.get(Qcow2Header.LONG, 0);
    long length = pointer.get(Qcow2Header.LONG, 8);
    long fileSize = storage.size();
    if (offset < 0
        || offset % head.header().clusterSize() != 0
        || length < LENGTH
        || offset > fileSize - LENGTH) {
      throw head.corrupt(
          "Encryption header offset "
              + ImageHead.hex(offset)
              + " with "
              + Long.toUnsignedString(length)
              + " bytes is not inside the file or not a multiple of the cluster size");
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(LENGTH, 8);
      storage.readFully(offset, header);
      if (header.get(Qcow2Header.LONG, 0) != MAGIC) {
        throw head.corrupt("no LUKS header at " + ImageHead.hex(offset));
      }
      return describe(header);
    }
  }

  private static Map<String, Object> describe(MemorySegment header) {
    Map<String, Object> map = new LinkedHashMap<>();
    String cipher = text(header, 8, 32);
    String mode = text(header, 40, 32);
    int dash = mode.indexOf('-');
    String generator = dash < 0 ? "" : mode.substring(dash + 1);
    int colon = generator.indexOf(':');
    map.put("ivgen-alg", colon < 0 ? generator : generator.substring(0, colon));
    if (colon >= 0) {
      map.put("ivgen-hash-alg", generator.substring(colon + 1));
    }
    map.put("detached-header", false);
    map.put("hash-alg", text(header, 72, 32));
    map.put("cipher-alg", cipherWord(cipher, number(header, 108) * 8, mode));
    map.put("uuid", text(header, 168, 40));
    map.put("format", "luks");
    map.put("cipher-mode", dash < 0 ? mode : mode.substring(0, dash));
    List<Map<String, Object>> slots = new ArrayList<>();
    for (int i = 0; i < KEY_SLOTS; i++) {
      slots.add(
          describeSlot(
              header.asSlice(KEY_SLOT_OFFSET + i * (long) KEY_SLOT_LENGTH, KEY_SLOT_LENGTH)));
    }
    map.put("slots", slots);
    map.put("payload-offset", number(header, 104) * SECTOR);
    map.put("master-key-iters", number(header, 164));
    return map;
  }

  private static Map<String, Object> describeSlot(MemorySegment slot) {
    Map<String, Object> map = new LinkedHashMap<>();
    boolean active = slot.get(Qcow2Header.INT, 0) == KEY_ENABLED;
    map.put("active", active);
    if (active) {
      map.put("iters", number(slot, 4));
    }
    map.put("key-offset", number(slot, 40) * SECTOR);
    if (active) {
      map.put("stripes", number(slot, 44));
    }
    return map;
  }

  /** XTS splits its key in two; the cipher's own key is half of what the header counts. */
  private static String cipherWord(String cipher, long keyBits, String mode) {
    return cipher + "-" + (mode.startsWith("xts") ? keyBits / 2 : keyBits);
  }

  private static long number(MemorySegment segment, long at) {
    return Integer.toUnsignedLong(segment.get(Qcow2Header.INT, at));
  }

  private static String text(MemorySegment segment, long at, int length) {
    String text =
        new String(
            segment.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    int nul = text.indexOf('\0');
    return nul < 0 ? text : text.substring(0, nul);
  }

  private LuksHeader() {}
}
