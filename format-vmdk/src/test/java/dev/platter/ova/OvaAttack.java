package dev.platter.ova;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.time.Duration;

/** What the tests of attacks have in common: an appliance to spoil, and how it must be refused. */
abstract class OvaAttack {
  static final int SIZE = 1 << 20;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  static byte[] stream() throws IOException {
    return HandMadeOva.stream(ModelDisk.random(1, SIZE, 4096));
  }

  static HandMadeOva single() throws IOException {
    return HandMadeOva.single(stream(), SIZE);
  }

  static void refused(Class<? extends ImageException> kind, String words, HandMadeOva ova) {
    assertTimeoutPreemptively(
        PATIENCE,
        () -> {
          ImageException e =
              assertThrows(
                  kind,
                  () -> {
                    try (DiskImage image = ova.open()) {
                      image.map();
                    }
                  });
          assertTrue(e.getMessage().contains(words), e.getMessage());
          assertFalse(e.getMessage().contains("\n"), e.getMessage());
        });
  }
}
