package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.CheckReport;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class VdiCheckTest {
  private static final int BLOCK = 1 << 16;

  private static HandMadeVdi good() {
    return new HandMadeVdi(8 * BLOCK, BLOCK)
        .block(0, new byte[BLOCK])
        .block(2, new byte[BLOCK])
        .entry(5, HandMadeVdi.ZERO)
        .block(7, new byte[BLOCK]);
  }

  private static CheckReport check(byte[] file) throws IOException {
    return HandMadeVdi.open(MemoryStorage.of("c.vdi", file)).check().orElseThrow();
  }

  private static List<String> faults(byte[] file) throws IOException {
    CheckReport report = check(file);
    assertEquals(report.messages().size(), report.corruptions());
    return report.messages();
  }

  @Test
  void findsNothingInASoundImage() throws IOException {
    assertEquals(List.of(), faults(good().build()));
  }

  @Test
  void findsABlockThatTwoShare() throws IOException {
    assertEquals(
        List.of(
            "ERROR: block index 4 is a block of the file that another one is, 1",
            "ERROR: allocated blocks mismatch, is 4, should be 3"),
        faults(good().entry(4, 1).build()));
  }

  @Test
  void findsEntriesThatAreTooLarge() throws IOException {
    assertEquals(
        List.of("ERROR: block index 4 too large, is 8"), faults(good().entry(4, 8).build()));
    assertEquals(
        List.of("ERROR: block index 4 too large, is 4294967293"),
        faults(good().entry(4, -3).build()));
  }

  @Test
  void findsBlocksPastTheEndOfTheFile() throws IOException {
    byte[] file = good().build();
    assertEquals(
        List.of("ERROR: block index 7 past the end of the file, is 2"),
        faults(Arrays.copyOf(file, file.length - 1)));
  }

  /** Where QEMU would put another one sooner or later. */
  @Test
  void findsABlockBehindThoseThatAreCounted() throws IOException {
    byte[] file = good().entry(7, 4).build();
    assertEquals(
        List.of("ERROR: block index 7 is behind the 3 blocks allocated"),
        faults(Arrays.copyOf(file, file.length + 2 * BLOCK)));
  }

  @Test
  void findsAWrongCount() throws IOException {
    byte[] file = good().build();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(388, 2);
    assertEquals(List.of("ERROR: allocated blocks mismatch, is 3, should be 2"), faults(file));
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(388, 7);
    CheckReport report = check(file);
    assertEquals(List.of("ERROR: allocated blocks mismatch, is 3, should be 7"), report.messages());
    assertEquals(0, report.corruptions());
    assertEquals(4, report.leaks());
  }
}
