package dev.platter.qcow1;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images that qemu-img makes are read as qemu-img reads them, and hand-made ones, too. */
@Tag("interop")
class Qcow1InteropTest {
  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();
  private byte[] content;
  private Path raw;
  private Path image;

  @BeforeEach
  void makeDisk() throws IOException {
    content = Disks.random(5 << 20, 4);
    raw = Files.write(directory.resolve("disk.raw"), content);
    image = directory.resolve("disk.qcow");
  }

  @Test
  void convertedDisks() throws IOException {
    qemuImg.mustRun("convert", "-O", "qcow", raw, image);
    assertArrayEquals(content, Disks.content(image));
    compress(image);
    assertTrue(Files.size(image) < content.length / 2, "it is compressed");
    assertArrayEquals(content, Disks.content(image));
  }

  /** The program exits with 1 although the image is whole. */
  private void compress(Path target) {
    qemuImg.run("convert", "-c", "-O", "qcow", raw, target);
    qemuImg.mustRun("compare", raw, target);
  }

  /** Random writes over compressed clusters, over nothing, and over an image below. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void writtenDisksInChains(long seed) throws IOException {
    Random random = new Random(seed);
    Path base = directory.resolve("base.qcow");
    compress(base);
    write(random, base);
    qemuImg.mustRun("create", "-q", "-f", "qcow", "-b", base, "-F", "qcow", image, "6M");
    write(random, image);
    Disks.assertReadAsQemu(base);
    Disks.assertReadAsQemu(image);
  }

  private void write(Random random, Path file) {
    Object[] line = new Object[21];
    for (int i = 0; i < 20; i += 2) {
      line[i] = "-c";
      line[i + 1] =
          "write -P %d %d %d"
              .formatted(
                  random.nextInt(256),
                  512L * random.nextInt(9000),
                  512L * (1 + random.nextInt(200)));
    }
    line[20] = file;
    ExternalTool.qemuIo().mustRun(line);
  }

  @Test
  void encryptedDisks() throws IOException {
    String secret = "secret,id=s,data=platter";
    qemuImg.mustRun(
        "convert",
        "--object",
        secret,
        "-O",
        "qcow",
        "-o",
        "encrypt.format=aes,encrypt.key-secret=s",
        raw,
        image);
    String key = "encrypt.key-secret=s";
    assertArrayEquals(content, Disks.content(image, with("platter", key)));
    assertFalse(Arrays.equals(content, Disks.content(image, with("other", key))));
    refused("'encrypt.key-secret' is", OpenOptions.NONE);
    refused("reported 'aes'", with("platter", key, "encrypt.format=luks"));
    qemuImg.mustRun("convert", "-O", "qcow", raw, image);
    refused("No encryption in image", with("platter", key));
  }

  private static OpenOptions with(String passphrase, String... texts) {
    return new OpenOptions(List.of(texts), Disks.secret(passphrase));
  }

  private void refused(String words, OpenOptions options) {
    IllegalOptionException refused =
        assertThrows(IllegalOptionException.class, () -> Disks.content(image, options));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
  }

  @Test
  void theBackingFileIsNamed() throws IOException {
    qemuImg.mustRun(
        "create", "-q", "-u", "-f", "qcow", "-b", "below.img", "-F", "raw", image, "1M");
    try (FileStorage storage = FileStorage.openForReading(image);
        var opened = new Qcow1Format().open(storage, OpenRequest.strict())) {
      assertEquals("below.img", opened.parent().orElseThrow().name());
      assertEquals(1, opened.dangers().size());
    }
  }

  @Test
  void qemuImgReadsTheHandMadeOnes() throws IOException {
    for (int bits : new int[] {9, 12, 16}) {
      Files.write(image, new HandMadeQcow1(content, bits, 13 - bits / 4).build());
      Disks.assertReadAsQemu(image);
      assertArrayEquals(content, Disks.content(image));
    }
  }
}
