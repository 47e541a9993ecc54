package dev.platter.vmdk;

import static dev.platter.vmdk.HandMade.SECTOR;
import static dev.platter.vmdk.HandMade.descriptor;
import static dev.platter.vmdk.HandMade.filled;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One lie each. */
@Timeout(20)
class VmdkAttackTest {
  @ParameterizedTest
  @CsvSource({
    "12, 4611686018427387904, capacity", // 2^62 sectors
    "12, -9223372036854775808, capacity", // 2^63 sectors
    "12, 281474976710656, header", // 128 PiB
    "20, 0, grain size",
    "20, 7, grain size",
    "20, -8, grain size",
    "20, 4611686018427387904, grain size",
    "28, 4611686018427387904, descriptor",
    "28, -1, descriptor",
    "36, 1152921504606846975, descriptor",
    "56, 4611686018427387904, grain directory",
    "56, 31, ''", // inside the file: a directory of guest bytes
  })
  void aHeaderThatLiesInALongField(int at, long value, String says) {
    String text = descriptor("monolithicSparse", "RW 32 SPARSE \"s\"");
    ByteBuffer file = HandMade.sparse(text).putLong(at, value);
    file.putInt(8, SparseHeader.FLAG_NEWLINE_DETECTION); // no redundant tables to help
    fails(file.array(), says);
  }

  @ParameterizedTest
  @CsvSource({
    "4, 0, version",
    "4, 4, version",
    "4, -1, version",
    "44, 0, grain table",
    "44, -1, grain table",
    "44, 2147483647, grain table",
    "73, 0x0a0d0a20, text"
  })
  void aHeaderThatLiesInAnIntField(int at, String value, String says) {
    ByteBuffer file = HandMade.sparse("").putInt(at, Integer.decode(value));
    fails(file.array(), says);
  }

  @ParameterizedTest
  @ValueSource(ints = {32, 0x7fffffff, -1, 28})
  void aGrainPastTheEnd(int sector) {
    ByteBuffer file = HandMade.sparse("");
    file.putInt(2 * SECTOR, sector).putInt(4 * SECTOR, sector);
    fails(file.array(), "grain 0");
  }

  @Test
  void aZeroedGrainWhereThereAreNone() {
    ByteBuffer file = HandMade.sparse("").putInt(8, SparseHeader.FLAG_REDUNDANT_TABLE);
    fails(file.array(), "grain 1");
  }

  @Test
  void damageElsewhereDoesNotKeepFromReading() throws IOException {
    ByteBuffer file = HandMade.sparse("");
    file.putInt(2 * SECTOR + 12, 99).putInt(4 * SECTOR + 12, 99);
    HandMade disk = new HandMade().with("s", file.array());
    try (var image = disk.open("s");
        var reader = new GuestReader()) {
      byte[] first = new byte[3 * HandMade.GRAIN];
      reader.read(image.map(), 0, MemorySegment.ofArray(first));
      assertArrayEquals(Arrays.copyOf(HandMade.sparseContent(), first.length), first);
    }
    fails(file.array(), "grain 3");
  }

  @Test
  void anExtentAloneWithoutRoomForItsDirectory() {
    fails(HandMade.sparse("").putLong(12, 1L << 31).array(), "grain directory");
    fails(HandMade.sparse("").putLong(12, 1L << 48).array(), "grain directory");
  }

  @Test
  void aDirectoryThatNamesOneEmptyTableAMillionTimes() throws IOException {
    int tables = 1 << 20;
    ByteBuffer file = HandMade.space(1 + tables * 4 / SECTOR + 4);
    file.put(0, HandMade.sparse("").array(), 0, SECTOR);
    file.putInt(8, 0).putLong(12, 8L * 512 * tables).putInt(44, 512).putLong(56, 1);
    for (int i = 0; i < tables; i++) {
      file.putInt(SECTOR + i * 4, 1 + tables * 4 / SECTOR);
    }
    HandMade disk = new HandMade().with("s", file.array());
    try (var image = disk.open("s")) {
      long size = image.map().size();
      assertEquals(size, image.map().extentAt(0, size).length());
    }
  }

  @Test
  void aDescriptorOfOneHundredMegabytes() {
    byte[] bytes = filled(100 << 20, ' ');
    byte[] start = descriptor("vmfs", "RW 2 VMFS \"x\"").getBytes(StandardCharsets.UTF_8);
    System.arraycopy(start, 0, bytes, 0, start.length);
    fails(bytes, "descriptor");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RW 99999999999999999999 ZERO",
        "RW 9999999999999999999 ZERO",
        "RW 36028797018963968 ZERO", // 2^55 sectors: 2^64 bytes
        "RW -1 ZERO",
        "RW 2 FLAT",
        "RW 2 FLAT \"\" 0",
        "RW 2 FLAT \"x 0",
        "RW 2 FLAT \"x\" -5",
        "RW 2 VMFS \"x\" 5",
        "RW 2 VMFS \"x\" 0 more",
        "RW 2 SPARSE \"x\" 5",
        "RW ZERO",
        "this is not a line",
      })
  void anExtentLineThatMakesNoSense(String line) {
    fails(descriptor("custom", line).getBytes(StandardCharsets.UTF_8), "");
  }

  @Test
  void extentsThatTogetherWrapAround() {
    String half = "RW 18014398509481983 ZERO"; // just below 2^63 bytes
    fails(descriptor("custom", half, half, half).getBytes(StandardCharsets.UTF_8), "2^63");
  }

  @ParameterizedTest
  @ValueSource(strings = {"VMFSRDM", "VMFSRAW", "VSANSPARSE", "SOMETHING"})
  void anExtentTypeThatIsNotAFile(String type) {
    HandMade disk =
        new HandMade().with("d", descriptor("custom", "RW 8 " + type + " \"x\"", "RW 8 ZERO"));
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> disk.open("d"));
    assertTrue(refused.getMessage().contains(type), refused.getMessage());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 31, 41, 1L << 40})
  void descriptorAndHeaderThatDisagree(long sectors) {
    String text = descriptor("monolithicSparse", "RW " + sectors + " SPARSE \"s\"");
    if (sectors == 31) {
      text = text.replace("SPARSE \"s\"", "FLAT \"s\" 0"); // no extent is the file itself
    }
    fails(HandMade.sparse(text).array(), "descriptor");
  }

  @Test
  void anExtentThatHoldsLessThanTheDescriptorSays() {
    HandMade disk =
        new HandMade()
            .with("d", descriptor("twoGbMaxExtentSparse", "RW 64 SPARSE \"s\""))
            .with("s", HandMade.sparse("").array())
            .with("f", descriptor("monolithicFlat", "RW 64 FLAT \"s\" 0"));
    CorruptImageException sparse =
        assertThrows(CorruptImageException.class, () -> disk.content("d"));
    assertTrue(sparse.getMessage().contains("64 sectors"), sparse.getMessage());
    CorruptImageException flat = assertThrows(CorruptImageException.class, () -> disk.content("f"));
    assertTrue(flat.getMessage().contains("32768 bytes"), flat.getMessage());
  }

  @Test
  void aGrainThatInflatesToMoreThanItsSize() {
    ByteBuffer file = HandMade.stream();
    HandMade.putGrain(file, 8, 0, filled(HandMade.GRAIN + 1, 7));
    fails(file.array(), "more than");
  }

  @Test
  void aGrainThatInflatesToLess() {
    ByteBuffer file = HandMade.stream();
    HandMade.putGrain(file, 8, 0, filled(HandMade.GRAIN - SECTOR, 7));
    fails(file.array(), "fewer than");
  }

  @Test
  void twoEntriesForOneGrain() {
    fails(HandMade.stream().putInt(11 * SECTOR + 8, 8).array(), "sector 0");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 9000, 0x7fffffff})
  void aMarkerWithAnImpossibleLength(int size) {
    fails(HandMade.stream().putInt(8 * SECTOR + 8, size).array(), "marker");
  }

  @Test
  void headerAndFooterThatDisagree() {
    fails(HandMade.stream().putLong(15 * SECTOR + 12, 48).array(), "footer");
    fails(HandMade.stream().putLong(15 * SECTOR + 56, -1).array(), "footer");
  }

  @Test
  void aStreamCutOffAnywhereIsNeverAShortDisk() {
    byte[] whole = HandMade.stream().array();
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      HandMade disk = new HandMade().with("cut", cut);
      ImageException error =
          assertThrows(ImageException.class, () -> disk.content("cut"), "cut at " + length);
      assertTrue(error.getMessage().startsWith("vmdk cut: "), error.getMessage());
    }
  }

  @ParameterizedTest
  @CsvSource({"8, 3", "24, 16", "32, 65", "40, 1", "128, 99999", "144, 0", "192, -1", "136, 0"})
  void anSeSparseHeaderThatLies(int at, long value) {
    fails(HandMade.seSparse().putLong(at, value).array(), "");
  }

  @Test
  void anSeSparseExtentWithAJournalToReplay() {
    fails(HandMade.seSparse().putLong(SECTOR + 24, 1).array(), "journal");
  }

  @ParameterizedTest
  @ValueSource(longs = {0x3002_0000_0000_0000L, 0x3000_ffff_ffff_ffffL, 0x4000_0000_0000_0000L, 5})
  void anSeSparseEntryThatLeadsNowhere(long entry) {
    fails(HandMade.seSparse().putLong(8 * SECTOR, entry).array(), "grain 0");
    fails(HandMade.seSparse().putLong(2 * SECTOR, entry).array(), "grain table 0");
  }

  @ParameterizedTest
  @CsvSource({"4, 2", "16, 3", "16, 0", "20, 5000", "24, 0", "12, -1"})
  void aCowdHeaderThatLies(int at, int value) {
    fails(HandMade.cowd().putInt(at, value).array(), "");
  }

  private static void fails(byte[] bytes, String says) {
    HandMade disk = new HandMade();
    disk.with("lie", bytes);
    ImageException error = assertThrows(ImageException.class, () -> disk.content("lie"));
    assertTrue(error.getMessage().contains(says), error.getMessage());
  }
}
