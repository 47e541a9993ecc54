package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.guest.files.FileSystemHead;
import dev.platter.guest.volume.FileSystemHeads;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** File systems whose tools are not at hand: heads written by what their documents say. */
class OtherHeadsTest {
  private static final String NUMBER = "00112233445566778899aabbccddeeff";
  private static final String UUID = "00112233-4455-6677-8899-aabbccddeeff";

  private static void put(ByteBuffer to, int at, String text) {
    to.put(at, text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static void hex(ByteBuffer to, int at, String digits) {
    to.put(at, HexFormat.of().parseHex(digits));
  }

  private static String told(ByteBuffer volume) throws IOException {
    Optional<FileSystemHead> head = FileSystemHeads.identify(Disks.source(volume.array()));
    return head.map(h -> h.kind() + " " + h.label() + " " + h.uuid()).orElse("nothing");
  }

  private static ByteBuffer volume(ByteOrder order) {
    return ByteBuffer.allocate(3 << 20).order(order);
  }

  @Test
  void bcachefs() throws IOException {
    ByteBuffer volume = volume(ByteOrder.LITTLE_ENDIAN);
    hex(volume, 4096 + 24, "c68573f666ce90a9d96a60cf803df7ef");
    hex(volume, 4096 + 56, NUMBER);
    put(volume, 4096 + 72, "label");
    assertEquals("bcachefs label " + UUID, told(volume));
  }

  @Test
  void vmfs() throws IOException {
    ByteBuffer volume = volume(ByteOrder.LITTLE_ENDIAN);
    volume.putInt(2 << 20, 0x2FABF15E);
    hex(volume, (2 << 20) + 9, NUMBER);
    put(volume, (2 << 20) + 29, "datastore1");
    assertEquals("VMFS datastore1 33221100-77665544-9988-aabbccddeeff", told(volume));
    volume.putInt(1 << 20, 0xC001D00D);
    hex(volume, (1 << 20) + 130, NUMBER);
    assertEquals("VMFS_volume_member  33221100-77665544-9988-aabbccddeeff", told(volume));
  }

  @Test
  void zfs() throws IOException {
    ByteBuffer volume = volume(ByteOrder.BIG_ENDIAN);
    volume.order(ByteOrder.LITTLE_ENDIAN).putLong(128 << 10, 0xBAB10C);
    assertEquals("zfs_member  ", told(volume));
    volume.order(ByteOrder.BIG_ENDIAN).position((16 << 10) + 12);
    volume.putInt(36).putInt(0).putInt(7).put("version\0".getBytes(StandardCharsets.US_ASCII));
    volume.putInt(8).putInt(1).putLong(5000);
    volume.putInt(36).putInt(0).putInt(4).put("name".getBytes(StandardCharsets.US_ASCII));
    volume.putInt(9).putInt(1).putInt(5).put("tank1\0\0\0".getBytes(StandardCharsets.US_ASCII));
    volume
        .putInt(40)
        .putInt(0)
        .putInt(9)
        .put("pool_guid\0\0\0".getBytes(StandardCharsets.US_ASCII));
    volume.putInt(8).putInt(1).putLong(-2).putInt(0);
    assertEquals("zfs_member tank1 18446744073709551614", told(volume));
    volume.putInt((16 << 10) + 12, -1); // what is damaged ends what is told
    assertEquals("zfs_member  ", told(volume));
  }

  @Test
  void hfsPlus() throws IOException {
    ByteBuffer volume = volume(ByteOrder.BIG_ENDIAN);
    put(volume, 1024, "H+\0\4");
    volume.putInt(1024 + 40, 4096).putInt(1024 + 44, 768);
    assertEquals("hfsplus  ", told(volume));
    hex(volume, 1024 + 104, "0011223344556677");
    // The first block of the catalog is at 8, the second, with the first leaf, at 100.
    volume.putInt(1024 + 288, 8).putInt(1024 + 292, 1);
    volume.putInt(1024 + 296, 100).putInt(1024 + 300, 1);
    volume.putInt(8 * 4096 + 24, 1).putShort(8 * 4096 + 32, (short) 4096);
    int leaf = 100 * 4096;
    volume.put(leaf + 8, (byte) -1).putInt(leaf + 16, 1).putShort(leaf + 20, (short) 5);
    volume.put(leaf + 22, "M\u00e4c D".getBytes(StandardCharsets.UTF_16BE));
    assertEquals(
        "hfsplus M\u00e4c D d797ff01-76f2-3707-b237-b810d4776a3b",
        told(volume)); // of version 3, from the number
  }

  @Test
  void shortSignsAloneAreNotEnough() throws IOException {
    ByteBuffer volume = volume(ByteOrder.LITTLE_ENDIAN);
    volume.putShort(1024 + 6, (short) 0x3434); // of NILFS2
    volume.putShort(1024 + 16, (short) 0x138F); // of Minix
    assertEquals("nothing", told(volume));
    put(volume, 1024, "BD"); // of HFS
    assertEquals("nothing", told(volume));
  }
}
