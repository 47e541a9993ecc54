package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class ParallelsAttackTest {
  private interface Lie {
    void tell(ByteBuffer file);
  }

  private static byte[] honest(boolean extended) {
    byte[] cluster = HandMade.random(4096, 5);
    return new HandMade(extended, 8, 8)
        .cluster(0, cluster)
        .cluster(2, cluster)
        .cluster(3, cluster)
        .build();
  }

  private static void refused(Class<? extends ImageException> kind, String words, Lie lie) {
    byte[] file = honest(true);
    lie.tell(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
    refused(kind, words, file);
  }

  private static void refused(Class<? extends ImageException> kind, String words, byte[] file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          ImageException e =
              assertThrows(kind, () -> HandMade.content(MemoryStorage.of("lie.hdd", file)));
          assertTrue(e.getMessage().contains("lie.hdd"), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
        });
  }

  @Test
  void emptyAndTinyFiles() {
    for (int length : new int[] {0, 16, 63}) {
      refused(
          CorruptImageException.class, "no Parallels image", Arrays.copyOf(honest(true), length));
    }
  }

  @Test
  void unknownVersions() {
    refused(UnsupportedFeatureException.class, "version 3", file -> file.putInt(16, 3));
    refused(UnsupportedFeatureException.class, "version 4294967295", file -> file.putInt(16, -1));
  }

  @Test
  void clustersOfNothingAndOfHalfAnAddressSpace() {
    refused(CorruptImageException.class, "clusters of 0", file -> file.putInt(28, 0));
    refused(CorruptImageException.class, "clusters of 42949", file -> file.putInt(28, -1));
    refused(CorruptImageException.class, "clusters of 4194304", file -> file.putInt(28, 1 << 22));
  }

  @Test
  void impossibleDiskSizes() {
    refused(CorruptImageException.class, "impossible", file -> file.putLong(36, -1));
    refused(CorruptImageException.class, "impossible", file -> file.putLong(36, Long.MAX_VALUE));
    refused(
        CorruptImageException.class, "impossible", file -> file.putLong(36, Long.MAX_VALUE / 512));
  }

  @Test
  void diskLargerThanItsBat() {
    refused(CorruptImageException.class, "expected 9", file -> file.putLong(36, 65));
    refused(CorruptImageException.class, "expected", file -> file.putLong(36, 1L << 50));
  }

  @Test
  void batOfAllEntriesThatThereCanBe() {
    refused(CorruptImageException.class, "too large", file -> file.putInt(32, -1));
  }

  @Test
  void batPastTheEndOfTheFile() {
    refused(CorruptImageException.class, "past the end", file -> file.putInt(32, 1 << 20));
  }

  @Test
  void clustersPastTheEnd() {
    for (int entry : new int[] {4, 1 << 30, Integer.MIN_VALUE, -1}) {
      refused(
          CorruptImageException.class,
          "cluster 2 (BAT entry at 0x48) is at 0x"
              + Long.toHexString(Integer.toUnsignedLong(entry) * 4096),
          file -> file.putInt(HandMade.BAT_AT + 8, entry));
    }
  }

  @Test
  void clusterInTheBat() {
    byte[] file = new HandMade(false, 8, 400).build();
    ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(HandMade.BAT_AT + 8, 1);
    refused(CorruptImageException.class, "outside the file's data", file);
  }

  @Test
  void clusterThatTheFileEndsIn() {
    byte[] file = honest(false);
    refused(CorruptImageException.class, "cluster 3 ", Arrays.copyOf(file, file.length - 1));
    refused(CorruptImageException.class, "cluster 2 ", Arrays.copyOf(file, file.length - 4097));
  }

  @Test
  void clustersSoFarApartThatTheirUseWouldFillMemory() throws IOException {
    byte[] file = new HandMade(true, 1, 2).entry(1, -2).build();
    WritableStorage storage = new MemoryStorage("far.hdd");
    storage.write(0, MemorySegment.ofArray(file));
    storage.truncate(1L << 42);
    ImageException e =
        assertThrows(UnsupportedFeatureException.class, () -> HandMade.open(storage).check());
    assertTrue(e.getMessage().contains("far.hdd"), e.getMessage());
  }

  @Test
  void extensionsThatLie() throws Exception {
    int at = 2 * 64 * 512;
    liesInExtension("past the end", file -> file.putLong(56, -1));
    liesInExtension("past the end", file -> file.putLong(56, 1 << 20));
    liesInExtension("not a cluster", file -> file.putLong(56, 4 * 64 - 1));
    liesInExtension("magic", file -> file.putLong(at, 1));
    liesInExtension("feature of", file -> file.putInt(at + 40, -1));
    liesInExtension("no end", file -> file.putInt(at + 40, 64 * 512 - 48));
    liesInExtension("dirty bitmap of 31", file -> file.putInt(at + 40, 31));
    liesInExtension("dirty bitmap of 42949", file -> file.putInt(at + 76, -1));
    liesInExtension("past the end of the file", file -> file.putLong(at + 88, -1));
  }

  private static void liesInExtension(String words, Lie lie) throws Exception {
    byte[] file = ParallelsReadTest.withBitmap(64).build();
    lie.tell(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
    DiskImage image = HandMade.open(MemoryStorage.of("lie.hdd", file));
    image.info();
    String messages = image.check().orElseThrow().messages().toString();
    assertTrue(messages.contains(words), messages);
  }

  @Property(tries = 500)
  void damagedFilesAreReadOrRefusedAndNothingElse(@ForAll Random random) throws Exception {
    byte[] file =
        random.nextInt(3) == 0
            ? ParallelsReadTest.withBitmap(4).build()
            : honest(random.nextBoolean());
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      int at = random.nextInt(4) == 0 ? random.nextInt(file.length) : random.nextInt(16, 110);
      file[at] = (byte) random.nextInt(256);
    }
    try {
      DiskImage image = HandMade.open(MemoryStorage.of("x.hdd", file));
      image.info();
      image.check();
      if (image.map().size() <= 1 << 24) {
        HandMade.content(image.map());
      }
    } catch (ImageException e) {
      assertTrue(e.getMessage().contains("x.hdd"), e.getMessage());
    }
  }
}
