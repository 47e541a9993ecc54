package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("interop")
class VhdInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "subformat=dynamic, 9M",
    "subformat=fixed, 9M",
    "'subformat=dynamic,force_size=on', 9M",
    "'subformat=fixed,force_size=on', 9M",
    "subformat=dynamic, 70M"
  })
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String options, String size) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.vhd");
    qemuImg.mustRun("create", "-q", "-f", "vpc", "-o", options, image, size);
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "vpc",
            "-c",
            "write -P 17 0 64k",
            "-c",
            "write -P 3 5M 3M",
            "-c",
            "write -P 4 4608 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "vpc", "-O", "raw", image, raw);
    BlockMap map = VhdReadTest.open(MemoryStorage.of("q.vhd", Files.readAllBytes(image))).map();
    assertEquals(Files.size(raw), map.size());
    assertArrayEquals(Files.readAllBytes(raw), VhdReadTest.content(map));
  }
}
