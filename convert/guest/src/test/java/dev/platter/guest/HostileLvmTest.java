package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Descriptions of volume groups that are as large as they may be, or lead nowhere: soon told. */
@Timeout(30)
class HostileLvmTest {
  private static final int AREA = 4096;
  private static final int AREA_SIZE = (1 << 20) + 4096;
  private static final String ID = "0123456789abcdef0123456789abcdef";

  /** A physical volume with this text, and with little else. */
  private static byte[] disk(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer disk = ByteBuffer.allocate(2 << 20).order(ByteOrder.LITTLE_ENDIAN);
    put(disk, 512, "LABELONE");
    disk.putInt(512 + 20, 32);
    put(disk, 512 + 24, "LVM2 001");
    put(disk, 512 + 32, ID);
    disk.putLong(512 + 64, disk.capacity()).putLong(512 + 72, AREA_SIZE);
    disk.putLong(512 + 72 + 32, AREA).putLong(512 + 72 + 40, AREA_SIZE);
    put(disk, AREA + 4, " LVM2 x[5A%r0N*>");
    disk.putLong(AREA + 32, AREA_SIZE);
    disk.putLong(AREA + 40, 512).putLong(AREA + 48, bytes.length).putInt(AREA + 56, crc(bytes));
    disk.put(AREA + 512, bytes);
    return disk.array();
  }

  private static void put(ByteBuffer to, int at, String text) {
    to.put(at, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static int crc(byte[] bytes) {
    int crc = 0xF597A6CF;
    for (byte b : bytes) {
      crc ^= b & 0xFF;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
      }
    }
    return crc;
  }

  private static String group(String volumes) {
    String dashed =
        "012345-6789-abcd-ef01-2345-6789-abcdef"; // as the label has it, without the dashes
    return "vg {\nid = \"x\"\nseqno = 1\nextent_size = 8\nphysical_volumes {\npv0 {\nid = \""
        + dashed
        + "\"\npe_start = 2056\npe_count = 200\n}\n}\nlogical_volumes {\n"
        + volumes
        + "}\n}\n";
  }

  private static GuestDescription describe(String text) throws IOException {
    GuestDescription guest = Disks.describe(disk(text));
    assertEquals("LVM2_member", guest.fileSystems().getFirst().kind());
    return guest;
  }

  private static String segment(String body) {
    return "segment1 {\nstart_extent = 0\nextent_count = 1\n" + body + "\n}\n";
  }

  @Test
  void aPlainOneIsRead() throws IOException {
    String one =
        "a {\nsegment_count = 1\n"
            + segment("type = \"striped\"\nstripe_count = 1\nstripes = [ \"pv0\", 0 ]")
            + "}\n";
    GuestDescription guest = describe(group(one));
    assertEquals("vg", guest.fileSystems().getFirst().label());
    assertEquals(1, guest.fileSystems().size(), guest::toString); // it holds zeros
  }

  @Test
  void aMebibyteOfValuesIsRefusedSoon() throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < 1_000_000) {
      text.append("a=[1,1,1]\n");
    }
    GuestDescription guest = describe(group(text.toString()));
    assertTrue(guest.fileSystems().getFirst().unreadable().isPresent(), guest::toString);
    describe(group("#" + "x".repeat(1_000_000) + "\n"));
    describe(group("a = \"" + "\\\\".repeat(500_000)));
  }

  @Test
  void volumesMadeOfOneAnotherEnd() throws IOException {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      StringBuilder legs = new StringBuilder();
      for (int leg = 0; leg < 64; leg++) {
        legs.append(leg == 0 ? "" : ", ").append("\"v").append((i * 7 + leg * 3) % 200).append('"');
      }
      text.append("v" + i + " {\nsegment_count = 1\n");
      text.append(
          segment(
              "type = \"raid0\"\nstripe_count = 64\nstripe_size = 8\nraid0_lvs = [" + legs + "]"));
      text.append("}\n");
    }
    GuestDescription guest = describe(group(text.toString()));
    assertEquals(201, guest.fileSystems().size());
    assertTrue(
        guest.fileSystems().stream().skip(1).allMatch(f -> f.unreadable().isPresent()),
        guest::toString);
  }
}
