package dev.platter.vdi;

import dev.platter.image.CheckReport;
import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveVdiTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new VdiFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(""),
        Kind.of("block_size=4k"),
        Kind.of("block_size=64k,static=on"),
        Kind.of("block_size=16k").overParent());
  }

  /** The header and the block map are two sectors: the count may be ahead. */
  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return afterPowerCut.messages().stream()
        .allMatch(message -> message.startsWith("ERROR: allocated blocks mismatch"));
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "vdi", "", directory, 5 << 20, false, image -> {});
    QemuTurns.take(format(), "vdi", "static=on", directory, 5 << 20, false, image -> {});
  }
}
