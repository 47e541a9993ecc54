package dev.platter.vmdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.StorageOpener;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What qemu-img wrote. */
@Tag("interop")
class VmdkInteropReadTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "monolithicSparse, 3000000",
    "monolithicFlat, 3000000",
    "twoGbMaxExtentSparse, 3000000",
    "twoGbMaxExtentFlat, 3000000",
    "streamOptimized, 3000000",
    "streamOptimized, 3145728",
    "'monolithicSparse,zeroed_grain=on', 3145728"
  })
  void everySubformatIsReadAsQemuImgReadsIt(String options, int size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path raw = directory.resolve("a.raw");
    byte[] content = ModelDisk.random(size, size / 512 * 512, 65536).content();
    Files.write(raw, content);
    Path image = directory.resolve("a.vmdk");
    qemuImg.mustRun("convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=" + options, raw, image);
    try (ImageChain chain = open(image)) {
      assertArrayEquals(content, HandMade.content(chain.map()));
      Map<String, Object> details = chain.top().image().info().details();
      assertEquals(options.split(",")[0], details.get("create-type"));
    }
  }

  @Test
  void aChainIsReadThroughAndAChangedParentIsFound() throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    ExternalTool qemuIo = ExternalTool.qemuIo();
    Path base = directory.resolve("base.vmdk");
    Path top = directory.resolve("top.vmdk");
    qemuImg.mustRun("create", "-q", "-f", "vmdk", base, "1M");
    qemuIo.mustRun("-f", "vmdk", "-c", "write -P 17 0 512k", base);
    qemuImg.mustRun(
        "create", "-q", "-f", "vmdk", "-o", "zeroed_grain=on", "-b", base, "-F", "vmdk", top);
    qemuIo.mustRun("-f", "vmdk", "-c", "write -z 64k 128k", "-c", "write -P 4 700k 3k", top);
    Path raw = directory.resolve("top.raw");
    qemuImg.mustRun("convert", "-f", "vmdk", "-O", "raw", top, raw);
    try (ImageChain chain = open(top)) {
      assertEquals(2, chain.layers().size());
      assertArrayEquals(Files.readAllBytes(raw), HandMade.content(chain.map()));
    }
    qemuIo.mustRun("-f", "vmdk", "-c", "write -P 18 0 512", base); // gives it a new content ID
    assertThrows(CorruptImageException.class, () -> open(top).close());
  }

  @Test
  void aStreamOfQemuImgThatIsCutOffIsNeverAShortDisk() throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path raw = directory.resolve("a.raw");
    byte[] content = new byte[600_064];
    new Random(1).nextBytes(content);
    Files.write(raw, content);
    Path image = directory.resolve("a.vmdk");
    qemuImg.mustRun(
        "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw, image);
    byte[] whole = Files.readAllBytes(image);
    // The last grain is followed by zeros up to a grain's size, which nobody misses.
    for (int length = 0; length < whole.length - 65536; length += 4099) {
      byte[] cut = Arrays.copyOf(whole, length);
      HandMade disk = new HandMade().with("cut", cut);
      assertThrows(ImageException.class, () -> disk.content("cut"), "cut at " + length);
    }
  }

  @Test
  void aLargeEmptyDiskCostsLittle() throws IOException {
    Path image = directory.resolve("large.vmdk");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "vmdk", image, "4T");
    try (ImageChain chain = open(image);
        DiskImage disk = chain.top().image()) {
      assertEquals(4L << 40, disk.map().extentAt(0, 4L << 40).length());
    }
  }

  static ImageChain open(Path image) throws IOException {
    return ImageChain.open(
        image,
        ImageChain.Options.of(ImageFormats.present(), References.allow(), StorageOpener.READING));
  }
}
