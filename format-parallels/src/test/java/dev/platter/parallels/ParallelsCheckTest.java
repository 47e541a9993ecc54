package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.CheckReport;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParallelsCheckTest {
  private static final byte[] BYTES = HandMade.random(4096, 3);

  private static HandMade good(boolean extended) {
    return new HandMade(extended, 8, 6).cluster(0, BYTES).cluster(2, BYTES).cluster(3, BYTES);
  }

  private static CheckReport check(byte[] file) throws IOException {
    return HandMade.open(MemoryStorage.of("c.hdd", file)).check().orElseThrow();
  }

  private static List<String> faults(byte[] file) throws IOException {
    CheckReport report = check(file);
    assertEquals(report.messages().size(), report.corruptions());
    return report.messages();
  }

  @Test
  void countsWhatASoundImageHas() throws IOException {
    CheckReport report = check(good(true).build());
    assertEquals(new CheckReport(4 * 4096, 6, 3, 0, 0, 0, 0, 0, List.of()), report);
    CheckReport mixed =
        check(new HandMade(false, 8, 4).cluster(1, BYTES).cluster(0, BYTES).build());
    assertEquals(1, mixed.fragmentedClusters());
  }

  @Test
  void findsAnImageThatWasNotClosed() throws IOException {
    HandMade made = good(false);
    made.inUse = 0x746F6E59;
    assertEquals(List.of("ERROR image was not closed correctly"), faults(made.build()));
    made.inUse = 0x312e3276;
    assertEquals(List.of(), faults(made.build()));
  }

  @Test
  void findsClustersOutsideOfTheFileAndInTheBat() throws IOException {
    assertEquals(
        List.of("ERROR cluster 4 is outside image"), faults(good(true).entry(4, 77).build()));
    assertEquals(
        List.of("ERROR cluster 5 is outside image"), faults(good(true).entry(5, -1).build()));
    byte[] file = good(false).build();
    assertEquals(
        List.of("ERROR cluster 3 is outside image"), faults(Arrays.copyOf(file, file.length - 1)));
    HandMade large = new HandMade(false, 8, 200).entry(7, 1);
    assertEquals(List.of("ERROR cluster 7 is outside image"), faults(large.build()));
  }

  @Test
  void findsClustersUsedTwice() throws IOException {
    HandMade made = good(true);
    assertEquals(
        List.of("ERROR duplicate offset in BAT entry 5"),
        faults(made.entry(5, made.entryOf(1)).build()));
  }

  @Test
  void findsClustersOutOfLine() throws IOException {
    HandMade made = good(false);
    assertEquals(
        List.of("ERROR cluster 4 is at 0xa00, where no cluster begins"),
        faults(made.entry(4, 5).build()));
  }

  @Test
  void findsADataAreaThatCannotBeThere() throws IOException {
    for (int wrong : new int[] {0, 3, 1 << 20}) {
      byte[] file = good(true).build();
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(48, wrong);
      assertEquals(List.of("ERROR data_off field has incorrect value"), faults(file));
    }
  }

  @Test
  void findsSpaceBehindTheLastCluster() throws IOException {
    CheckReport report = check(good(true).unused(BYTES).unused(BYTES).build());
    assertEquals(List.of("ERROR space leaked at the end of the image 8192"), report.messages());
    assertEquals(2, report.leaks());
    assertEquals(0, report.corruptions());
    byte[] file = good(false).build();
    assertEquals(1, check(Arrays.copyOf(file, file.length + 1)).leaks());
  }

  @Test
  void findsADamagedFormatExtension() throws Exception {
    byte[] file = ParallelsReadTest.withBitmap(64).build();
    int extension = 2 * 64 * 512;
    file[extension + 100] = 1;
    assertEquals(List.of("ERROR format extension has a wrong checksum"), faults(file));
    file[extension + 1] = 1;
    assertEquals(1, check(file).corruptions());
  }
}
