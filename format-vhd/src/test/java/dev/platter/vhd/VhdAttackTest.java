package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** One lie each, told in a file that is otherwise right. */
class VhdAttackTest {
  private static HandMadeVhd good() {
    return new HandMadeVhd(8 << 20).block(0, new byte[1 << 21]).block(2, new byte[1 << 21]);
  }

  private interface Lie {
    void tell(ByteBuffer file);
  }

  private static void refused(Class<? extends ImageException> kind, String words, Lie lie) {
    refused(good(), kind, words, lie);
  }

  private static void refused(
      HandMadeVhd vhd, Class<? extends ImageException> kind, String words, Lie lie) {
    byte[] file = vhd.build();
    lie.tell(ByteBuffer.wrap(file));
    HandMadeVhd.reseal(file);
    readAll(kind, words, file);
  }

  private static void readAll(Class<? extends ImageException> kind, String words, byte[] file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          ImageException e =
              assertThrows(
                  kind,
                  () -> {
                    var image =
                        new VhdFormat()
                            .open(MemoryStorage.of("lie.vhd", file), OpenRequest.strict());
                    image.parent();
                    VhdReadTest.content(image.map());
                  });
          assertTrue(e.getMessage().contains("lie.vhd"), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
        });
  }

  private static void setFooters(ByteBuffer file, int at, long value) {
    file.putLong(at, value);
    file.putLong(file.capacity() - 512 + at, value);
  }

  private static void setFooters(ByteBuffer file, int at, int value) {
    file.putInt(at, value);
    file.putInt(file.capacity() - 512 + at, value);
  }

  @Test
  void emptyAndTinyFiles() {
    readAll(CorruptImageException.class, "no footer", new byte[0]);
    readAll(CorruptImageException.class, "no footer", new byte[511]);
    readAll(CorruptImageException.class, "no footer", new byte[512]);
  }

  @Test
  void bothFootersWithWrongChecksums() {
    byte[] file = good().build();
    file[100] ^= 1;
    file[file.length - 412] ^= 1;
    readAll(CorruptImageException.class, "checksum", file);
  }

  @Test
  void headerWithWrongChecksum() {
    byte[] file = good().build();
    file[HandMadeVhd.HEADER_AT + 1000] ^= 1;
    readAll(CorruptImageException.class, "checksum of the header", file);
  }

  @Test
  void headerPastTheEnd() {
    refused(
        CorruptImageException.class,
        "header lies outside",
        file -> setFooters(file, 16, (long) file.capacity() - 1000));
  }

  @Test
  void headerAtANegativeOffset() {
    refused(
        CorruptImageException.class,
        "header lies outside",
        file -> setFooters(file, 16, Long.MIN_VALUE));
  }

  @Test
  void headerWhereNoneIs() {
    refused(CorruptImageException.class, "cxsparse", file -> setFooters(file, 16, 4096L));
  }

  @Test
  void unknownDiskType() {
    refused(UnsupportedFeatureException.class, "disk type 6", file -> setFooters(file, 60, 6));
  }

  @Test
  void unknownVersion() {
    refused(
        UnsupportedFeatureException.class, "version", file -> setFooters(file, 12, 0x0002_0000));
  }

  @Test
  void negativeDiskSize() {
    refused(CorruptImageException.class, "size", file -> setFooters(file, 48, -512L));
  }

  @Test
  void diskSizeBeyondTheTable() {
    refused(CorruptImageException.class, "too small", file -> setFooters(file, 48, 1L << 40));
  }

  @Test
  void tableOfAllEntriesThatThereCanBe() {
    refused(
        CorruptImageException.class,
        "table lies outside",
        file -> {
          setFooters(file, 48, 1L << 46);
          file.putInt(HandMadeVhd.HEADER_AT + 28, -1);
        });
    refused(
        CorruptImageException.class,
        "too large",
        file -> {
          setFooters(file, 48, 1L << 50);
          file.putInt(HandMadeVhd.HEADER_AT + 28, -1);
        });
  }

  @Test
  void tablePastTheEnd() {
    refused(
        CorruptImageException.class,
        "table lies outside",
        file -> file.putLong(HandMadeVhd.HEADER_AT + 16, file.capacity() - 8L));
  }

  @Test
  void tableAtANegativeOffset() {
    refused(
        CorruptImageException.class,
        "table lies outside",
        file -> file.putLong(HandMadeVhd.HEADER_AT + 16, -1));
  }

  @Test
  void blockSizesThatAreNone() {
    for (int size : new int[] {0, 1, 511, 3 << 20, Integer.MIN_VALUE, -1}) {
      refused(
          CorruptImageException.class,
          "block size",
          file -> file.putInt(HandMadeVhd.HEADER_AT + 32, size));
    }
  }

  @Test
  void blockPastTheEnd() {
    refused(
        CorruptImageException.class,
        "block 2",
        file -> file.putInt(HandMadeVhd.TABLE_AT + 8, 0xFFFF_FFFE));
    refused(
        CorruptImageException.class,
        "block 2",
        file -> file.putInt(HandMadeVhd.TABLE_AT + 8, file.capacity() / 512 - 4096));
  }

  @Test
  void blockInTheMetadata() {
    for (int sector : new int[] {0, 1, 2, 3}) {
      refused(
          CorruptImageException.class,
          "metadata",
          file -> file.putInt(HandMadeVhd.TABLE_AT + 8, sector));
    }
  }

  @Test
  void fixedDiskThatIsLongerThanItsFile() {
    HandMadeVhd vhd = new HandMadeVhd(1 << 16);
    vhd.type = 2;
    vhd.fixedContent = new byte[1 << 16];
    byte[] file = vhd.build();
    ByteBuffer.wrap(file).putLong(file.length - 512 + 48, 1 << 17);
    HandMadeVhd.sealed(file, file.length - 512, 512, 64);
    readAll(CorruptImageException.class, "the file holds", file);
  }

  @Test
  void parentLocatorsThatLieOutsideTheFile() {
    HandMadeVhd vhd = good();
    vhd.type = 4;
    vhd.locators.put("W2ru", "p.vhd".getBytes(StandardCharsets.UTF_16LE));
    refused(
        vhd,
        CorruptImageException.class,
        "W2ru",
        file -> file.putLong(HandMadeVhd.HEADER_AT + 576 + 16, file.capacity() - 2L));
    refused(
        vhd,
        CorruptImageException.class,
        "W2ru",
        file -> file.putInt(HandMadeVhd.HEADER_AT + 576 + 8, -1));
  }

  @Test
  void differencingDiskWithoutAParentName() {
    HandMadeVhd vhd = good();
    vhd.type = 4;
    refused(vhd, CorruptImageException.class, "does not name its parent", file -> {});
  }

  @Property(tries = 500)
  void damagedFilesAreReadOrRefusedAndNothingElse(@ForAll Random random) throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 16);
    vhd.blockSize = 1 << 13;
    vhd.type = random.nextBoolean() ? 3 : 4;
    vhd.batmap = new byte[1];
    vhd.locators.put("W2ru", "p.vhd".getBytes(StandardCharsets.UTF_16LE));
    vhd.block(1, new byte[1 << 13]).block(5, new byte[1 << 13]);
    byte[] file = vhd.build();
    for (int i = random.nextInt(1, 6); i > 0; i--) {
      int at = random.nextInt(4) == 0 ? random.nextInt(file.length) : random.nextInt(2048);
      file[at] = (byte) random.nextInt(256);
    }
    HandMadeVhd.reseal(file);
    try {
      var image = new VhdFormat().open(MemoryStorage.of("x.vhd", file), OpenRequest.strict());
      image.info();
      image.parent();
      if (image.map().size() <= 1 << 24) {
        VhdReadTest.content(image.map());
      }
    } catch (ImageException e) {
      assertTrue(e.getMessage().contains("x.vhd"), e.getMessage());
    }
  }
}
