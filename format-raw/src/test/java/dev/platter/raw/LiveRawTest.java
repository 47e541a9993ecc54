package dev.platter.raw;

import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveRawTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new RawFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(Kind.of(""));
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "raw", "", directory, 5 << 20, false, image -> {});
  }
}
