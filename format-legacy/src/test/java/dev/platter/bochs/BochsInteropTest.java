package dev.platter.bochs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.platter.legacy.Disks;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Disks that Bochs's own program makes, and hand-made ones as qemu-img reads them. */
@Tag("interop")
class BochsInteropTest {
  @TempDir Path directory;

  @Test
  void bximageMakesThemFromFlatDisks() throws IOException {
    ExternalTool bximage = ExternalTool.named("bximage");
    byte[] content = Disks.random(20 * 16 * 63 * 512, 3);
    Path flat = Files.write(directory.resolve("disk.flat"), content);
    Path image = directory.resolve("disk.bochs");
    bximage.mustRun("-q", "-func=convert", "-imgmode=growing", flat, image);
    assertArrayEquals(content, Disks.content(image));
    Disks.assertReadAsQemu(image);
  }

  @Test
  void anEmptyOneOfBximageIsZeros() throws IOException {
    Path image = directory.resolve("disk.bochs");
    ExternalTool.named("bximage")
        .mustRun("-q", "-func=create", "-hd=10M", "-imgmode=growing", image);
    assertArrayEquals(new byte[20 * 16 * 63 * 512], Disks.content(image));
  }

  @Test
  void qemuImgReadsTheHandMadeOnes() throws IOException {
    Path image = directory.resolve("disk.bochs");
    byte[] content = Disks.random(3 << 20, 4);
    for (int extent : new int[] {512, 64 << 10, 8 << 20}) {
      for (int version = 1; version <= 2; version++) {
        Files.write(image, new HandMadeBochs(content, extent, version).build());
        Disks.assertReadAsQemu(image);
        assertArrayEquals(content, Disks.content(image));
      }
    }
  }
}
