package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * What a physical volume of LVM2 says.
 *
 * @param bytes all of it
 * @param id which one it is
 * @param text of the group that it belongs to, as it was when this volume was written last; empty:
 *     this one does not keep it
 */
record LvmMember(Source bytes, String id, Optional<Map<String, Object>> text) {
  private static final int SECTOR = 512;
  private static final int LABELS = 4;
  private static final int MAX_AREAS = 16;
  private static final int IGNORED = 1;
  private static final int CRC_START = 0xF597A6CF;
  private static final int CRC_POLYNOMIAL = 0xEDB88320;
  private static final int[] CRC_OF_BYTE = new int[256];
  private static final String AREA_MAGIC = " LVM2 x[5A%r0N*>";

  static {
    for (int i = 0; i < CRC_OF_BYTE.length; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? CRC_POLYNOMIAL : 0);
      }
      CRC_OF_BYTE[i] = crc;
    }
  }

  /** Reads what a physical volume says; it must be one. */
  static LvmMember read(Source volume) throws IOException {
    Bytes head = volume.readUpTo(0, LABELS * SECTOR);
    for (int at = 0; at < head.length(); at += SECTOR) {
      if (head.has(at, "LABELONE")) {
        long header = at + head.u32(at + 20L);
        String id = dashed(head.text(header, 32, StandardCharsets.US_ASCII));
        return new LvmMember(volume, id, text(volume, head, header));
      }
    }
    throw head.wrong("no label of lvm");
  }

  /** The text of the first metadata area; lists of areas end with one of zeros. */
  private static Optional<Map<String, Object>> text(Source volume, Bytes head, long header)
      throws IOException {
    long at = header + 40;
    int lists = 0;
    for (int i = 0; i < MAX_AREAS && lists <= 1; i++, at += 16) {
      long offset = head.u63(at);
      if (offset == 0) {
        lists++;
      } else if (lists == 1) {
        return area(volume, offset);
      }
    }
    return Optional.empty();
  }

  private static Optional<Map<String, Object>> area(Source volume, long offset) throws IOException {
    Bytes area = volume.read(offset, SECTOR);
    area.require(area.has(4, AREA_MAGIC), "no metadata area of lvm");
    long size = area.u63(32);
    long start = area.u63(40);
    long length = area.u63(48);
    if ((area.i32(60) & IGNORED) != 0) {
      return Optional.empty(); // kept up on other physical volumes
    }
    area.require(
        size <= volume.size() && start >= SECTOR && start < size && length <= size - SECTOR,
        "lvm metadata of " + length + " bytes at " + start + " in an area of " + size);
    // The area is a ring behind its header.
    long first = Math.min(length, size - start);
    byte[] front = volume.read(offset + start, first).array();
    byte[] rest = volume.read(offset + SECTOR, length - first).array();
    int crc = crc(crc(CRC_START, front), rest);
    area.require(crc == area.i32(56), "lvm metadata whose checksum is wrong");
    String text =
        new String(front, StandardCharsets.UTF_8) + new String(rest, StandardCharsets.UTF_8);
    return Optional.of(LvmText.parse(area, text));
  }

  /** CRC-32 that begins with a number of LVM's own, and ends without being inverted. */
  private static int crc(int start, byte[] bytes) {
    int crc = start;
    for (byte b : bytes) {
      crc = crc >>> 8 ^ CRC_OF_BYTE[(crc ^ b) & 0xFF];
    }
    return crc;
  }

  /** Identifiers are stored without the dashes that they are written with. */
  static String dashed(String id) {
    return id.length() != 32
        ? id
        : String.join(
            "-",
            id.substring(0, 6),
            id.substring(6, 10),
            id.substring(10, 14),
            id.substring(14, 18),
            id.substring(18, 22),
            id.substring(22, 26),
            id.substring(26));
  }
}
