package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import java.util.function.Consumer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class VhdxAttackTest {
  private static final int MIB = HandMadeVhdx.MIB;

  private interface Lie {
    void tell(MemoryStorage file) throws IOException;
  }

  private static HandMadeVhdx good() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("lie.vhdx", 4L * MIB);
    vhdx.block(1, 6, new byte[MIB]);
    return vhdx;
  }

  private static void refused(Class<? extends ImageException> kind, String words, Lie lie)
      throws IOException {
    MemoryStorage file = good().build();
    lie.tell(file);
    refused(kind, words, file);
  }

  private static void refused(
      Class<? extends ImageException> kind, String words, MemoryStorage file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          ImageException e =
              assertThrows(
                  kind,
                  () -> {
                    var image = VhdxReadTest.open(file);
                    image.parent();
                    VhdxReadTest.content(image.map());
                  });
          assertTrue(e.getMessage().startsWith("vhdx lie.vhdx: "), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
        });
  }

  /** Changes both region tables. */
  private static Lie regions(Consumer<ByteBuffer> change) {
    return file -> {
      HandMadeVhdx.patch(file, 0x30000, 65536, change);
      HandMadeVhdx.patch(file, 0x40000, 65536, change);
    };
  }

  private static Lie bytes(long at, Consumer<ByteBuffer> change) {
    return file -> {
      ByteBuffer bytes = HandMadeVhdx.little(64);
      file.read(at, MemorySegment.ofBuffer(bytes));
      change.accept(bytes);
      file.write(at, MemorySegment.ofArray(bytes.array()));
    };
  }

  /** Changes the value of a metadata item, by its place in the list. */
  private static Lie item(int number, Consumer<ByteBuffer> change) {
    int[] offsets = {0, 8, 16, 32, 36};
    return bytes(HandMadeVhdx.METADATA + 65536 + offsets[number], change);
  }

  private static Lie entry(int number, long value) {
    return bytes(HandMadeVhdx.BAT + 8L * number, bytes -> bytes.putLong(0, value));
  }

  @Test
  void nothingButTheSignature() {
    refused(
        CorruptImageException.class,
        "headers",
        MemoryStorage.of("lie.vhdx", "vhdxfile".getBytes(StandardCharsets.US_ASCII)));
    refused(CorruptImageException.class, "signature", MemoryStorage.of("lie.vhdx", new byte[3]));
  }

  @Test
  void unknownVersion() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "version 2",
        file -> HandMadeVhdx.patch(file, 0x10000, 4096, header -> header.putShort(66, (short) 2)));
  }

  /**
   * Which of them counts cannot be told: the one may name a log that the other knows nothing of.
   */
  @Test
  void twoHeadersOfOneAgeThatDiffer() throws IOException {
    refused(
        CorruptImageException.class,
        "both have the sequence number 77",
        file -> {
          HandMadeVhdx.patch(file, 0x10000, 4096, header -> header.putLong(8, 77));
          HandMadeVhdx.patch(file, 0x20000, 4096, header -> header.putLong(8, 77).putInt(16, 5));
        });
  }

  @Test
  void regionTableWithMoreEntriesThanThereCanBe() throws IOException {
    for (int count : new int[] {2048, Integer.MAX_VALUE, -1}) {
      refused(
          CorruptImageException.class, "region tables", regions(table -> table.putInt(8, count)));
    }
  }

  @Test
  void unknownRegionThatIsRequired() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "unknown region",
        regions(table -> table.putInt(8, 3).putInt(16 + 64, 7).putInt(16 + 64 + 28, 1)));
  }

  @Test
  void regionsInTheHeadersOrPastTheEnd() throws IOException {
    for (long offset : new long[] {0, MIB / 2, 3L * MIB + 1, 1L << 40, -MIB, Long.MIN_VALUE}) {
      refused(
          CorruptImageException.class,
          "outside the file",
          regions(table -> table.putLong(32, offset)));
    }
    for (int length : new int[] {0, 4096, 0xFFF0_0000}) {
      refused(
          CorruptImageException.class,
          "outside the file",
          regions(table -> table.putInt(40, length)));
    }
  }

  @Test
  void regionsThatMeetEachOtherOrTheLog() throws IOException {
    for (long offset : new long[] {HandMadeVhdx.LOG, HandMadeVhdx.BAT}) {
      refused(
          CorruptImageException.class,
          "meets another",
          regions(table -> table.putLong(48 + 16, offset)));
    }
  }

  @Test
  void regionThatIsThereTwiceOrNotAtAll() throws IOException {
    refused(
        CorruptImageException.class, "no metadata region", regions(table -> table.putInt(8, 1)));
    refused(
        CorruptImageException.class,
        "meets another",
        regions(table -> {
          byte[] first = new byte[16];
          table.get(16, first).put(48, first);
        }));
  }

  @Test
  void metadataTableWithoutSignatureOrWithTooManyEntries() throws IOException {
    refused(
        CorruptImageException.class,
        "metadata table",
        bytes(HandMadeVhdx.METADATA, bytes -> bytes.put(0, (byte) 0)));
    refused(
        CorruptImageException.class,
        "metadata table",
        bytes(HandMadeVhdx.METADATA, bytes -> bytes.putShort(10, (short) -1)));
  }

  @Test
  void metadataItemOutsideItsRegion() throws IOException {
    for (int offset : new int[] {0, 65535, MIB, -1}) {
      refused(
          CorruptImageException.class,
          "outside its region",
          bytes(HandMadeVhdx.METADATA + 32, bytes -> bytes.putInt(16, offset)));
    }
    for (int length : new int[] {MIB + 1, -1, MIB}) {
      refused(
          CorruptImageException.class,
          "outside its region",
          bytes(HandMadeVhdx.METADATA + 32, bytes -> bytes.putInt(20, length)));
    }
  }

  @Test
  void metadataItemThatIsTooShortMissingOrThereTwice() throws IOException {
    refused(
        CorruptImageException.class,
        "too short",
        bytes(HandMadeVhdx.METADATA + 32, bytes -> bytes.putInt(20, 4)));
    refused(
        CorruptImageException.class,
        "missing",
        bytes(HandMadeVhdx.METADATA, bytes -> bytes.putShort(10, (short) 4)));
    HandMadeVhdx twice = good();
    twice.moreItems.add(
        new HandMadeVhdx.Item("2FA54224-CD1B-4876-B211-5DBED83BF4B8", new byte[8], 6));
    refused(CorruptImageException.class, "twice", twice.build());
  }

  @Test
  void unknownMetadataItemThatIsRequired() throws IOException {
    HandMadeVhdx vhdx = good();
    vhdx.moreItems.add(
        new HandMadeVhdx.Item("12345678-1234-1234-1234-123456789012", new byte[8], 4));
    refused(UnsupportedFeatureException.class, "unknown metadata item", vhdx.build());
  }

  @Test
  void blockSizesThatAreNone() throws IOException {
    for (int size : new int[] {0, 512, 3 * MIB, 512 * MIB, Integer.MIN_VALUE, -1}) {
      refused(CorruptImageException.class, "block size", item(0, bytes -> bytes.putInt(0, size)));
    }
  }

  @Test
  void diskSizesThatAreNone() throws IOException {
    for (long size : new long[] {-1, -512, 100, (64L << 40) + 512, Long.MIN_VALUE}) {
      refused(CorruptImageException.class, "size", item(1, bytes -> bytes.putLong(0, size)));
    }
  }

  @Test
  void diskThatIsLargerThanItsTable() throws IOException {
    refused(
        CorruptImageException.class,
        "table is too small",
        item(1, bytes -> bytes.putLong(0, 1L << 40)));
  }

  @Test
  void sectorSizesThatAreNone() throws IOException {
    for (int size : new int[] {0, 1024, -1}) {
      refused(CorruptImageException.class, "sector size", item(3, bytes -> bytes.putInt(0, size)));
    }
  }

  @Test
  void blockInTheHeadersTheLogTheMetadataOrTheTable() throws IOException {
    refused(CorruptImageException.class, "block 0", entry(0, 6));
    for (long offset : new long[] {HandMadeVhdx.LOG, HandMadeVhdx.METADATA, HandMadeVhdx.BAT}) {
      refused(CorruptImageException.class, "metadata", entry(0, offset | 6));
    }
  }

  @Test
  void blockPastTheEnd() throws IOException {
    for (long offset : new long[] {5L * MIB, 1L << 60, -MIB}) {
      refused(CorruptImageException.class, "outside the file", entry(0, offset | 6));
    }
  }

  @Test
  void reservedStateAndPartialBlockWithoutAParent() throws IOException {
    refused(CorruptImageException.class, "reserved state 4", entry(0, 4L * MIB | 4));
    refused(CorruptImageException.class, "partially present", entry(0, 4L * MIB | 7));
  }

  @Test
  void partialBlockWithoutASectorBitmapOrWithOneOutsideTheFile() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("lie.vhdx", 4L * MIB);
    vhdx.hasParent = true;
    vhdx.locator.put("relative_path", "p.vhdx");
    vhdx.block(1, 7, new byte[MIB]);
    refused(CorruptImageException.class, "its sector bitmap is not", vhdx.build());
    vhdx.bat.put(vhdx.chunkRatio(), HandMadeVhdx.entry(6, 1L << 40));
    refused(CorruptImageException.class, "sector bitmap that lies outside", vhdx.build());
    vhdx.bat.put(vhdx.chunkRatio(), HandMadeVhdx.entry(6, HandMadeVhdx.BAT));
    refused(CorruptImageException.class, "metadata", vhdx.build());
  }

  @Test
  void parentLocatorWithEntriesOutsideOfIt() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("lie.vhdx", 4L * MIB);
    vhdx.hasParent = true;
    vhdx.locator.put("relative_path", "p.vhdx");
    long locator = HandMadeVhdx.METADATA + 65536 + 40;
    for (int at : new int[] {20, 24}) {
      MemoryStorage file = vhdx.build();
      bytes(locator, bytes -> bytes.putInt(at, -8)).tell(file);
      refused(CorruptImageException.class, "parent locator", file);
    }
    MemoryStorage many = vhdx.build();
    bytes(locator, bytes -> bytes.putShort(18, (short) -1)).tell(many);
    refused(CorruptImageException.class, "too many entries", many);
    MemoryStorage foreign = vhdx.build();
    bytes(locator, bytes -> bytes.putInt(0, 0)).tell(foreign);
    refused(CorruptImageException.class, "unknown type", foreign);
    vhdx.locator.clear();
    refused(CorruptImageException.class, "does not name its parent", vhdx.build());
  }

  @Property(tries = 150)
  void damagedFilesAreReadOrRefusedAndNothingElse(@ForAll Random random) throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("lie.vhdx", 2L * MIB);
    vhdx.hasParent = random.nextBoolean();
    vhdx.locator.put("relative_path", "p.vhdx");
    vhdx.logCounts = random.nextInt(3) == 0;
    vhdx.block(0, 7, new byte[8192]);
    vhdx.block(1, 6, new byte[8192]);
    vhdx.bitmap(0, new byte[] {5});
    MemoryStorage file = vhdx.build();
    new HandMadeLog(3, 0, file).zero(HandMadeVhdx.BAT, 4096).writeTo(file, 0);
    long[] places = {0x10000, 0x30000, HandMadeVhdx.LOG, HandMadeVhdx.METADATA, HandMadeVhdx.BAT};
    int[] lengths = {4096, 65536, 4096, 0, 0};
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      int place = random.nextInt(places.length);
      int at = random.nextInt(8, 200);
      byte value = (byte) random.nextInt(256);
      if (lengths[place] > 0) {
        HandMadeVhdx.patch(file, places[place], lengths[place], bytes -> bytes.put(at, value));
      } else {
        file.write(places[place] + at, MemorySegment.ofArray(new byte[] {value}));
      }
      file.write(
          HandMadeVhdx.METADATA + 65536 + random.nextInt(100),
          MemorySegment.ofArray(new byte[] {(byte) random.nextInt(256)}));
    }
    try {
      var image = VhdxReadTest.open(file);
      image.info();
      image.parent();
      if (image.map().size() <= 1 << 24) {
        VhdxReadTest.content(image.map());
      }
    } catch (ImageException e) {
      assertTrue(e.getMessage().contains("lie.vhdx"), e.getMessage());
    }
  }
}
