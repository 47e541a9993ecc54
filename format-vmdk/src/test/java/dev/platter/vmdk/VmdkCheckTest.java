package dev.platter.vmdk;

import static dev.platter.vmdk.HandMade.SECTOR;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VmdkCheckTest {
  @Test
  void nothingIsFoundInASoundDisk() throws IOException {
    for (ByteBuffer file :
        List.of(HandMade.sparse(""), HandMade.stream(), HandMade.cowd(), HandMade.seSparse())) {
      assertEquals(List.of(), check(file).messages());
    }
  }

  @Test
  void everyFaultIsFoundAndDescribedOnce() throws IOException {
    ByteBuffer file = HandMade.sparse("").putInt(8, SparseHeader.FLAG_ZEROED_GRAIN);
    file.putInt(4 * SECTOR + 8, 16); // the place of the first grain
    file.putInt(4 * SECTOR + 12, 1000);
    CheckReport report = check(file);
    assertEquals(2, report.corruptions());
    assertTrue(report.messages().get(0).contains("grain 2 lies at 0x2000"), report::toString);
    assertTrue(report.messages().get(1).contains("grain 3"), report::toString);
  }

  /** The second copy answers, so that the disk reads; the first is damaged all the same. */
  @ParameterizedTest
  @CsvSource({
    "1536, 1000, grain table 0 is said to be at 0x7d000",
    "1536, 0, grain table 0 is said to be at 0x0",
    "512, 1000, its copy at 0x7d000",
    "2060, 1000, grain 3 is at sector 1000 by one of them",
    "1036, 16, grain 3 is at sector 24 by one of them",
    "56, 1000, the grain directory at sector 1000",
    "48, 1000, the grain directory at sector 1000"
  })
  void copiesOfTheTablesThatDifferAreTold(int at, int value, String words) throws IOException {
    ByteBuffer file = HandMade.sparse("").putInt(at, value);
    byte[] content = new HandMade().with("disk", file.array()).content("disk");
    assertArrayEquals(HandMade.sparseContent(), content);
    CheckReport report = check(file);
    assertEquals(1, report.corruptions(), report::toString);
    assertTrue(report.messages().getFirst().contains(words), report::toString);
  }

  @Test
  void aMarkerThatBelongsToAnotherGrainIsFound() throws IOException {
    CheckReport report = check(HandMade.stream().putLong(9 * SECTOR, 8));
    assertEquals(1, report.corruptions());
    assertTrue(report.messages().getFirst().contains("sector 8"), report::toString);
  }

  private static CheckReport check(ByteBuffer file) throws IOException {
    try (DiskImage image = new HandMade().with("disk", file.array()).open("disk")) {
      return image.check().orElseThrow();
    }
  }
}
