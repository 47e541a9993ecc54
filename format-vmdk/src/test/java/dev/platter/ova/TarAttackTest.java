package dev.platter.ova;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.archive.TarHeader;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** One test per lie of the tar. */
final class TarAttackTest extends OvaAttack {
  private static DiskImage open(byte[] tar) throws IOException {
    return new OvaFormat().open(MemoryStorage.of("app.ova", tar), OpenRequest.strict());
  }

  @Test
  void memberThatReachesPastTheFile() throws IOException {
    byte[] tar = single().bytes();
    for (long size : new long[] {tar.length, TarHeader.MAX_SIZE}) {
      byte[] header = new TarHeader("app.ovf", size, '0').toBlock(0);
      System.arraycopy(header, 0, tar, 0, header.length);
      CorruptImageException e = assertThrows(CorruptImageException.class, () -> open(tar));
      assertTrue(e.getMessage().contains("bytes, the file only"), e.getMessage());
    }
  }

  @Test
  void memberWhoseSizeIsNegativeOrHuge() throws IOException {
    byte[] tar = single().bytes();
    for (int first : new int[] {0xFF, 0x80}) {
      byte[] header = new TarHeader("app.ovf", 0, '0').toBlock(0);
      Arrays.fill(header, 124, 136, (byte) 0xFF);
      header[124] = (byte) first;
      checksum(header);
      System.arraycopy(header, 0, tar, 0, header.length);
      assertThrows(CorruptImageException.class, () -> open(tar));
    }
  }

  private static void checksum(byte[] header) {
    Arrays.fill(header, 148, 156, (byte) ' ');
    long sum = 0;
    for (byte b : header) {
      sum += b & 0xFF;
    }
    byte[] digits = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(digits, 0, header, 148, 8);
  }

  @Test
  void paxRecordWithAnImpossibleLength() {
    for (String record :
        new String[] {"99 path=x\n", "0 path=x\n", "path=x\n", "9999999999 a=b\n"}) {
      byte[] pax = HandMadeOva.member("pax", record.getBytes(StandardCharsets.UTF_8));
      byte[] header = new TarHeader("pax", record.length(), 'x').toBlock(0);
      header[156] = 'x';
      checksum(header);
      System.arraycopy(header, 0, pax, 0, header.length);
      assertThrows(CorruptImageException.class, () -> open(pax), record);
    }
  }

  @Test
  void paxHeaderOfAGigabyte() {
    byte[] header = new TarHeader("pax", 1L << 30, '0').toBlock(0);
    header[156] = 'x';
    checksum(header);
    MemoryStorage storage = new MemoryStorage("app.ova");
    CorruptImageException e =
        assertThrows(
            CorruptImageException.class,
            () -> {
              storage.write(0, MemorySegment.ofArray(header));
              storage.truncate(2L << 30);
              new OvaFormat().open(storage, OpenRequest.strict());
            });
    assertTrue(e.getMessage().contains("at most"), e.getMessage());
  }

  @Test
  void moreMembersThanAnyApplianceHas() {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (int i = 0; i < 10_001; i++) {
      tar.writeBytes(HandMadeOva.member("m" + i, new byte[0]));
    }
    assertThrows(CorruptImageException.class, () -> open(tar.toByteArray()));
  }

  @Test
  void twoMembersOfOneName() throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(HandMadeOva.member("disk.vmdk", new byte[512]));
    tar.writeBytes(single().bytes());
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> open(tar.toByteArray()));
    assertTrue(e.getMessage().contains("two members"), e.getMessage());
  }
}
