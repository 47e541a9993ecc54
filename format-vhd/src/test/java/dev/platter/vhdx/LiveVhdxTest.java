package dev.platter.vhdx;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveVhdxTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new VhdxFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of("block_size=1M"),
        Kind.of("block_size=1M,subformat=fixed"),
        Kind.of("block_size=1M").overParent("block_size=1M"));
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "vhdx", "block_size=1M", directory, 5 << 20, false, image -> {});
    QemuTurns.take(format(), "vhdx", "subformat=fixed", directory, 5 << 20, false, image -> {});
  }
}
