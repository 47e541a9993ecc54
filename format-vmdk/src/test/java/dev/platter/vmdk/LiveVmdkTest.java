package dev.platter.vmdk;

import dev.platter.image.CheckReport;
import dev.platter.image.spi.ImageFormat;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LiveVmdkTest extends LiveImageContract {
  @Override
  protected ImageFormat format() {
    return new VmdkFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(""),
        Kind.of("grain_size=4k"),
        Kind.of("grain_size=16k").overParent(),
        Kind.of("grain_size=16k,zeroed_grain=on").overParent(),
        Kind.of("subformat=monolithicFlat"),
        Kind.of("subformat=twoGbMaxExtentSparse,grain_size=16k"),
        Kind.of("subformat=twoGbMaxExtentSparse,grain_size=16k,zeroed_grain=on").overParent(),
        Kind.of("subformat=twoGbMaxExtentFlat"));
  }

  @Override
  protected boolean grows(Kind kind) {
    return false;
  }

  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return PowerCutChecks.copiesDiffer(afterPowerCut);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "subformat=monolithicSparse",
        "subformat=monolithicSparse,zeroed_grain=on",
        "subformat=monolithicFlat",
        "subformat=twoGbMaxExtentSparse",
        "subformat=twoGbMaxExtentFlat"
      })
  void qemuAndWeWriteInTurns(String options, @TempDir Path directory) throws IOException {
    QemuTurns.take(format(), "vmdk", options, directory, 5 << 20, false, image -> {});
    if (!options.endsWith("Flat")) {
      QemuTurns.take(format(), "vmdk", options, directory, 5 << 20, true, image -> {});
    }
  }
}
