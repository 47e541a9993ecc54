package dev.platter.guest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.guest.files.FileAttributes;
import dev.platter.guest.files.Node;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * UDF with a metadata partition, whose blocks lie in a file in two parts, and with a packet that
 * lies elsewhere: no program that can be had on Linux writes such volumes, so these are made here,
 * by the specifications (ECMA-167; UDF 2.60, 2.2.8 to 2.2.13).
 */
class UdfMetadataTest {
  private static final int SECTOR = 2048;
  private static final int PARTITION = 300; // its first sector
  private static final int MAIN = 2; // blocks of the two entries of the metadata file
  private static final int MIRROR = 150;

  private final byte[] disk = new byte[600 * SECTOR];
  private final ByteBuffer out = ByteBuffer.wrap(disk).order(ByteOrder.LITTLE_ENDIAN);

  /** Where a block of the metadata partition lies on the disk. */
  private static int metadata(int block) {
    return (PARTITION + (block < 5 ? 20 + block : 40 + block - 5)) * SECTOR;
  }

  /** Makes a descriptor of what was put there. */
  private void tag(int at, int id, int location, int length) {
    int crc = 0;
    for (int i = at + 16; i < at + length; i++) {
      crc ^= (disk[i] & 0xFF) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc << 1 ^ ((crc & 0x8000) != 0 ? 0x1021 : 0)) & 0xFFFF;
      }
      crc &= 0xFFFF;
    }
    out.putShort(at, (short) id).putShort(at + 2, (short) 3).put(at + 4, (byte) 0);
    out.putShort(at + 8, (short) crc).putShort(at + 10, (short) (length - 16));
    out.putInt(at + 12, location);
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += disk[at + i] & 0xFF;
    }
    disk[at + 4] = (byte) sum;
  }

  private void put(int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, disk, at, bytes.length);
  }

  /** The entry of a file, with places or content behind its 216 bytes. */
  private void entry(int at, int block, int type, int places, long size, byte[] behind) {
    out.putShort(at + 20, (short) 4).putShort(at + 24, (short) 1);
    disk[at + 27] = (byte) type;
    out.putShort(at + 34, (short) places);
    out.putInt(at + 36, 1000).putInt(at + 40, -1).putInt(at + 44, 0x1C00 | 0xA0 | 0x4);
    out.putShort(at + 48, (short) 1).putLong(at + 56, size);
    for (int time : new int[] {80, 92, 104, 116}) { // 2024-02-03 04:05:06.07, an hour east
      out.putShort(at + time, (short) (0x1000 | 60)).putShort(at + time + 2, (short) 2024);
      System.arraycopy(new byte[] {2, 3, 4, 5, 6, 7}, 0, disk, at + time + 4, 6);
    }
    out.putInt(at + 212, behind.length);
    System.arraycopy(behind, 0, disk, at + 216, behind.length);
    tag(at, 266, block, 216 + behind.length);
  }

  private static ByteBuffer places(int length) {
    return ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
  }

  private void volume(ByteBuffer map) {
    put(16 * SECTOR + 1, "BEA01");
    put(17 * SECTOR + 1, "NSR03");
    put(18 * SECTOR + 1, "TEA01");
    out.putInt(256 * SECTOR + 16, 16 * SECTOR).putInt(256 * SECTOR + 20, 32);
    tag(256 * SECTOR, 2, 256, 512);
    int partition = 32 * SECTOR;
    out.putInt(partition + 188, PARTITION).putInt(partition + 192, 250);
    tag(partition, 5, 32, 512);
    int logical = 33 * SECTOR;
    System.arraycopy(new byte[] {8, 'L'}, 0, disk, logical + 84, 2);
    disk[logical + 84 + 127] = 2;
    out.putInt(logical + 212, SECTOR);
    out.putInt(logical + 248, SECTOR).putShort(logical + 256, (short) 1); // the file set
    out.putInt(logical + 264, 70).putInt(logical + 268, 2);
    System.arraycopy(new byte[] {1, 6, 1}, 0, disk, logical + 440, 3);
    System.arraycopy(map.array(), 0, disk, logical + 446, 64);
    tag(logical, 6, 33, 512);
    tag(34 * SECTOR, 8, 34, 512);
  }

  private static ByteBuffer map(String type) {
    ByteBuffer map = places(64);
    map.put(0, (byte) 2).put(1, (byte) 64);
    map.put(5, type.getBytes(StandardCharsets.US_ASCII));
    return map;
  }

  /** File set, root and a file, where the second partition has its blocks 0, 6 and 7. */
  private void tree(int set, int root, int file) {
    out.putInt(set + 400, SECTOR).putInt(set + 404, 6).putShort(set + 408, (short) 1);
    tag(set, 256, 0, 512);
    byte[] name = {8, 'f', 'i', 'l', 'e'};
    ByteBuffer identifier = places(44);
    identifier.put(19, (byte) name.length).putInt(20, SECTOR).putInt(24, 7).putShort(28, (short) 1);
    identifier.put(38, name);
    entry(root, 6, 4, 3, 44, identifier.array());
    tag(root + 216, 257, 6, 44);
    tag(root, 266, 6, 216 + 44);
    ByteBuffer where = places(16);
    where.putInt(0, 3000).putInt(4, 100); // in the first partition
    entry(file, 7, 5, 1, 3000, where.array());
    Arrays.fill(disk, (PARTITION + 100) * SECTOR, (PARTITION + 100) * SECTOR + 3000, (byte) 'x');
  }

  private void withMetadata() {
    ByteBuffer map = map("*UDF Metadata Partition");
    map.putInt(40, MAIN).putInt(44, MIRROR);
    volume(map);
    ByteBuffer where = places(16);
    where.putInt(0, 5 * SECTOR).putInt(4, 20).putInt(8, 15 * SECTOR).putInt(12, 40);
    entry((PARTITION + MAIN) * SECTOR, MAIN, 250, 0, 20L * SECTOR, where.array());
    entry((PARTITION + MIRROR) * SECTOR, MIRROR, 251, 0, 20L * SECTOR, where.array());
    tree(metadata(0), metadata(6), metadata(7));
  }

  private void assertRead() throws IOException {
    assertEquals("L", Disks.only(Disks.describe(disk)).label());
    FilesOut.open(
        Disks.map(disk),
        (volume, root) -> {
          assertEquals(Set.of("file"), root.names());
          Node file = root.child("file").orElseThrow();
          byte[] expected = new byte[3000];
          Arrays.fill(expected, (byte) 'x');
          assertArrayEquals(expected, file.content().read(0, 3000).array());
          FileAttributes told = file.attributes();
          assertEquals("-rwxr-xr-- 1000 0", told.modeText() + " " + told.uid() + " " + told.gid());
          assertEquals("2024-02-03T03:05:06.070Z", told.modified().toString());
        });
  }

  @Test
  void blocksOfAMetadataPartition() throws IOException {
    withMetadata();
    assertRead();
  }

  @Test
  void theMirrorStandsInForADamagedFile() throws IOException {
    withMetadata();
    disk[(PARTITION + MAIN) * SECTOR + 60]++;
    assertRead();
    disk[(PARTITION + MIRROR) * SECTOR + 60]++;
    IOException refused = assertThrows(IOException.class, this::assertRead);
    assertTrue(refused.getMessage().contains("descriptor"), refused.getMessage());
  }

  @Test
  void packetsThatLieElsewhere() throws IOException {
    ByteBuffer map = map("*UDF Sparable Partition");
    map.putShort(40, (short) 4).put(42, (byte) 1).putInt(44, SECTOR).putInt(48, 40);
    volume(map);
    int table = 40 * SECTOR;
    put(table + 17, "*UDF Sparing Table");
    out.putShort(table + 48, (short) 2);
    out.putInt(table + 56, 4).putInt(table + 60, 580); // blocks 4 to 7: sectors 580 to 583
    out.putInt(table + 64, -1).putInt(table + 68, 584);
    tag(table, 0, 40, 72);
    tree(PARTITION * SECTOR, 582 * SECTOR, 583 * SECTOR);
    assertRead();
  }

  @Test
  void aVirtualPartitionIsRefused() throws IOException {
    volume(map("*UDF Virtual Partition"));
    IOException refused = assertThrows(IOException.class, this::assertRead);
    assertTrue(refused.getMessage().contains("written once"), refused.getMessage());
  }
}
