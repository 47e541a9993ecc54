package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("interop")
class VhdxInteropTest {
  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "subformat=dynamic",
    "subformat=fixed",
    "block_state_zero=off",
    "'block_size=1M,log_size=2M'",
    "block_size=256M"
  })
  void whatQemuImgWroteReadsAsQemuImgReadsIt(String options) throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    Path image = directory.resolve("q.vhdx");
    qemuImg.mustRun("create", "-q", "-f", "vhdx", "-o", options, image, "21M");
    ExternalTool.qemuIo()
        .mustRun(
            "-f",
            "vhdx",
            "-c",
            "write -P 17 0 64k",
            "-c",
            "write -P 3 15M 3M",
            "-c",
            "write -P 4 4608 512",
            image);
    Path raw = directory.resolve("q.raw");
    qemuImg.mustRun("convert", "-f", "vhdx", "-O", "raw", image, raw);
    try (Storage storage = FileStorage.openForReading(image)) {
      BlockMap map = VhdxReadTest.open(storage).map();
      assertEquals(Files.size(raw), map.size());
      assertArrayEquals(Files.readAllBytes(raw), VhdxReadTest.content(map));
    }
  }
}
