package dev.platter.legacy;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.function.Consumer;

/** Tells lies in images that are otherwise right, one at a time, which must be found soon. */
public record Lies(ImageFormat format, byte[] honest, ByteOrder order) {
  /** The image with this lie is refused: the message names the file and has these words. */
  public void refused(String words, Consumer<ByteBuffer> lie) {
    byte[] file = honest.clone();
    lie.accept(ByteBuffer.wrap(file).order(order));
    refused(words, file);
  }

  /** This file is refused. */
  public void refused(String words, byte[] file) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          ImageException e = assertThrows(ImageException.class, () -> read(file));
          assertTrue(e.getMessage().contains("lie.img"), e.getMessage());
          assertTrue(e.getMessage().contains(words), e.getMessage());
          assertFalse(e.getMessage().contains("\n"), e.getMessage());
        });
  }

  private void read(byte[] file) throws Exception {
    try (DiskImage image = format.open(MemoryStorage.of("lie.img", file), OpenRequest.strict())) {
      image.info();
      Disks.content(image.map());
    }
  }
}
