package dev.platter.legacy;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.platter.cipher.Secret;
import dev.platter.image.BlockMap;
import dev.platter.image.Limits;
import dev.platter.image.Secrets;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.chain.OpenOptions;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.StorageOpener;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;

/** The disks of tests, and what is read of them. */
public final class Disks {
  private Disks() {}

  /** Zeros, noise and text that compresses, in runs of many lengths; the same for each seed. */
  public static byte[] random(int size, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[size];
    for (int at = 0; at < size; ) {
      int length = 1 << 7 + random.nextInt(11);
      int end = Math.min(size, at + length + random.nextInt(2) * 300);
      byte[] part = new byte[end - at];
      switch (random.nextInt(4)) {
        case 0 -> random.nextBytes(part);
        case 1 -> Arrays.fill(part, (byte) random.nextInt(256));
        case 2 -> {
          for (int i = 0; i < part.length; i++) {
            part[i] = (byte) ('a' + random.nextInt(4));
          }
        }
        default -> {} // zeros
      }
      System.arraycopy(part, 0, bytes, at, part.length);
      at = end;
    }
    return bytes;
  }

  /** What an image and those below it hold, its format found by its content. */
  public static byte[] content(Path image) throws IOException {
    return content(image, OpenOptions.NONE);
  }

  /** The same with options, a passphrase among them. */
  public static byte[] content(Path image, OpenOptions options) throws IOException {
    try (ImageChain chain =
        ImageChain.open(
            image,
            new ImageChain.Options(
                ImageFormats.present(),
                Optional.empty(),
                true,
                References.allow(),
                Limits.DEFAULT,
                StorageOpener.READING,
                Optional.empty(),
                options))) {
      return content(chain.map());
    }
  }

  /** What a disk holds. */
  public static byte[] content(BlockMap map) throws IOException {
    byte[] bytes = new byte[Math.toIntExact(map.size())];
    Arrays.fill(bytes, (byte) 0x55);
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  /** The image reads as qemu-img reads it. */
  public static void assertReadAsQemu(Path image) throws IOException {
    Path raw = image.resolveSibling("qemu.raw");
    ExternalTool.qemuImg().mustRun("convert", "-O", "raw", image, raw);
    assertArrayEquals(Files.readAllBytes(raw), content(image), image.toString());
  }

  /** The one secret of a test, whatever it is called. */
  public static Secrets secret(String text) {
    return new Secrets() {
      @Override
      public Secret named(String id) {
        return Secret.taking(text.getBytes(StandardCharsets.UTF_8));
      }

      @Override
      public Optional<Secret> unnamed(String image) {
        return Optional.empty();
      }
    };
  }
}
