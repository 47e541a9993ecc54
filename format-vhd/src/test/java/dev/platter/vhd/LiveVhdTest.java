package dev.platter.vhd;

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

class LiveVhdTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new VhdFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of("force_size=on"),
        Kind.of("force_size=on,block_size=4k"),
        Kind.of("force_size=on,block_size=32k"),
        Kind.of("force_size=on,subformat=fixed"),
        Kind.of("force_size=on").overParent("force_size=on"),
        Kind.of("force_size=on,block_size=16k").overParent("force_size=on"));
  }

  /** A differencing disk is as large as its parent. */
  @Override
  protected boolean grows(Kind kind) {
    return !kind.parent();
  }

  /** The end of a file that grows is not there at once: the footer's copy in front counts. */
  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return afterPowerCut.messages().stream()
        .allMatch(message -> message.endsWith("the footer in the last sector is damaged"));
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "vpc", "force_size=on", directory, 5 << 20, false, image -> {});
    QemuTurns.take(
        format(), "vpc", "subformat=fixed,force_size=on", directory, 5 << 20, false, image -> {});
  }
}
