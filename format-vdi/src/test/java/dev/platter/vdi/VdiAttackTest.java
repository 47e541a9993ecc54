package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class VdiAttackTest {
  private static final int BLOCK = 1 << 16;

  private interface Lie {
    void tell(ByteBuffer file);
  }

  private static void refused(Class<? extends ImageException> kind, String words, Lie lie) {
    byte[] file =
        new HandMadeVdi(8 * BLOCK, BLOCK)
            .block(0, new byte[BLOCK])
            .block(2, new byte[BLOCK])
            .block(3, new byte[BLOCK])
            .build();
    lie.tell(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
    refused(kind, words, file);
  }

  private static void refused(Class<? extends ImageException> kind, String words, byte[] file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          ImageException e =
              assertThrows(
                  kind,
                  () -> {
                    DiskImage image = HandMadeVdi.open(MemoryStorage.of("lie.vdi", file));
                    HandMadeVdi.content(image.map());
                  });
          assertTrue(e.getMessage().contains("lie.vdi"), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
        });
  }

  @Test
  void emptyAndTinyFiles() {
    refused(CorruptImageException.class, "signature", new byte[0]);
    refused(CorruptImageException.class, "signature", new byte[67]);
    refused(CorruptImageException.class, "signature", new byte[512]);
  }

  @Test
  void headerThatIsCutOff() {
    byte[] file = new HandMadeVdi(BLOCK, BLOCK).block(0, new byte[BLOCK]).build();
    refused(ImageException.class, "lie.vdi", Arrays.copyOf(file, 200));
    refused(CorruptImageException.class, "lies outside", Arrays.copyOf(file, 500));
  }

  @Test
  void unknownVersions() {
    refused(UnsupportedFeatureException.class, "0.1", file -> file.putInt(68, 1));
    refused(UnsupportedFeatureException.class, "2.0", file -> file.putInt(68, 0x0002_0000));
  }

  @Test
  void unknownImageTypes() {
    refused(UnsupportedFeatureException.class, "image type 5", file -> file.putInt(76, 5));
    refused(UnsupportedFeatureException.class, "image type -1", file -> file.putInt(76, -1));
  }

  @Test
  void differencingImageThatHidesItsParent() {
    refused(CorruptImageException.class, "UUID of its parent", file -> file.putInt(76, 4));
  }

  @Test
  void headerSmallerThanItsFields() {
    refused(CorruptImageException.class, "header has 383", file -> file.putInt(72, 383));
  }

  @Test
  void impossibleDiskSizes() {
    refused(CorruptImageException.class, "size is impossible", file -> file.putLong(368, -1));
    refused(
        CorruptImageException.class,
        "size is impossible",
        file -> file.putLong(368, Long.MAX_VALUE));
  }

  @Test
  void diskLargerThanItsBlockMap() {
    refused(CorruptImageException.class, "expected 9", file -> file.putLong(368, 8L * BLOCK + 1));
    refused(CorruptImageException.class, "block map has", file -> file.putLong(368, 1L << 60));
  }

  @Test
  void blockSizesThatAreNone() {
    for (int size : new int[] {0, 1, 256, 3 << 16, Integer.MIN_VALUE, -1}) {
      refused(CorruptImageException.class, "block size", file -> file.putInt(376, size));
    }
  }

  @Test
  void metadataOfHalfAnAddressSpaceInFrontOfEachBlock() {
    refused(CorruptImageException.class, "in front of each", file -> file.putInt(380, -1));
  }

  @Test
  void blockMapOfAllEntriesThatThereCanBe() {
    refused(CorruptImageException.class, "too large", file -> file.putInt(384, -1));
  }

  @Test
  void blockMapOutsideTheFile() {
    refused(CorruptImageException.class, "lies outside", file -> file.putInt(340, -1));
    refused(
        CorruptImageException.class,
        "lies outside",
        file -> file.putInt(340, file.capacity() - 31));
  }

  @Test
  void blockMapInTheHeader() {
    refused(CorruptImageException.class, "in the header", file -> file.putInt(340, 0));
    refused(CorruptImageException.class, "in the header", file -> file.putInt(340, 455));
  }

  @Test
  void dataInTheBlockMap() {
    refused(
        CorruptImageException.class,
        "before the block map ends",
        file -> file.putInt(344, HandMadeVdi.TABLE_AT + 31));
    refused(CorruptImageException.class, "before the block map ends", file -> file.putInt(344, 0));
  }

  @Test
  void dataPastTheEnd() {
    refused(CorruptImageException.class, "ends before it", file -> file.putInt(344, -1));
  }

  @Test
  void blocksPastTheEnd() {
    for (int entry : new int[] {3, 1 << 30, Integer.MIN_VALUE, -3}) {
      refused(
          CorruptImageException.class,
          "block 2 (block map entry at 0x408) is block " + Integer.toUnsignedString(entry),
          file -> file.putInt(HandMadeVdi.TABLE_AT + 8, entry));
    }
  }

  @Test
  void blockThatTheFileEndsIn() {
    byte[] file =
        new HandMadeVdi(3 * BLOCK, BLOCK)
            .block(0, new byte[BLOCK])
            .block(1, new byte[BLOCK])
            .block(2, new byte[BLOCK])
            .build();
    refused(CorruptImageException.class, "block 2 ", Arrays.copyOf(file, file.length - 1));
    refused(CorruptImageException.class, "block 1 ", Arrays.copyOf(file, file.length - BLOCK - 1));
  }

  @Property(tries = 500)
  void damagedFilesAreReadOrRefusedAndNothingElse(@ForAll Random random) throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(1 << 16, 1 << 13);
    vdi.type = random.nextInt(5);
    vdi.block(1, new byte[1 << 13]).block(5, new byte[1 << 13]);
    byte[] file = vdi.build();
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      int at = random.nextInt(4) == 0 ? random.nextInt(file.length) : random.nextInt(64, 1100);
      file[at] = (byte) random.nextInt(256);
    }
    try {
      DiskImage image = HandMadeVdi.open(MemoryStorage.of("x.vdi", file));
      image.info();
      image.parent();
      image.check();
      if (image.map().size() <= 1 << 24) {
        HandMadeVdi.content(image.map());
      }
    } catch (ImageException e) {
      assertTrue(e.getMessage().contains("x.vdi"), e.getMessage());
    }
  }
}
