package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.wrap.UnwrapLimits;
import dev.platter.image.wrap.Unwrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.FileStorage;
import dev.platter.storage.StreamSource;
import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small files that unwrap to large ones. */
@Tag("interop")
class BombTest {
  private static final int LARGE = 48 << 20;
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;

  private static byte[] pack(String command, byte[] plain) {
    String[] words = command.split(" ", -1);
    Object[] arguments = Arrays.copyOfRange(words, 1, words.length, Object[].class);
    return ExternalTool.named(words[0])
        .runWithInput(null, plain, arguments)
        .mustExit(0)
        .stdoutBytes();
  }

  private static byte[] filled(int value) {
    byte[] bytes = new byte[LARGE];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /** Limits with the same ratios as the usual ones, and little that is free. */
  private static UnwrapLimits tight(long freeData, long freeTotal) {
    UnwrapLimits usual = UnwrapLimits.DEFAULT;
    return new UnwrapLimits(
        freeData, usual.dataPerByte(), freeTotal, usual.totalPerByte(), "--option");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip -c",
        "xz -c",
        "zstd -q -c",
        "bzip2 -c",
        "zip -q - -",
        "xz -T2 --block-size=4MiB -c"
      })
  void dataThatNoDiskPacksSoSmallIsStopped(String command) {
    byte[] bomb = pack(command, filled('x'));
    for (Unwrap way : Unwrap.values()) {
      String message =
          assertTimeoutPreemptively(
              SOON,
              () ->
                  assertThrows(
                          UnsupportedFeatureException.class,
                          () -> way.all(bomb, tight(1 << 20, 1L << 40)))
                      .getMessage());
      assertTrue(message.contains("of data") && message.contains("--option"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip -c", "xz -c", "zstd -q -c", "bzip2 -c", "lz4 -c", "zip -q - -"})
  void zerosAreNoDataAndPass(String command) throws IOException {
    byte[] packed = pack(command, filled(0));
    for (Unwrap way : Unwrap.values()) {
      assertEquals(LARGE, way.all(packed, tight(1 << 20, LARGE)).length);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip -c", "xz -c", "zstd -q -c", "bzip2 -c", "lz4 -c", "zip -q - -"})
  void aGivenSizeIsTheEndOfAllOfThem(String command) {
    byte[] packed = pack(command, filled(0));
    for (Unwrap way : Unwrap.values()) {
      UnsupportedFeatureException e =
          assertThrows(
              UnsupportedFeatureException.class,
              () -> way.all(packed, UnwrapLimits.atMost(LARGE - 1)));
      assertTrue(e.getMessage().contains("limit of " + (LARGE - 1) + " bytes"), e.getMessage());
    }
  }

  @Test
  void whatIsBetweenTwoWrappingsIsCountedToo() {
    byte[] inner = pack("gzip -c", filled(0));
    byte[] padded = Arrays.copyOf(inner, LARGE); // gzip lets zeros follow
    byte[] bomb = pack("bzip2 -c", padded);
    assertTrue(bomb.length < 5000, "packed: " + bomb.length);
    for (Unwrap way : Unwrap.values()) {
      assertThrows(UnsupportedFeatureException.class, () -> way.all(bomb, tight(1 << 20, 1 << 20)));
    }
  }

  @Test
  void aSpoolFileTakesNoSpaceForZerosAndStopsAtTheLimit() throws IOException {
    byte[] zeros = pack("zstd -q -c", filled(0));
    try (FileStorage spool = spool(zeros, UnwrapLimits.DEFAULT)) {
      assertEquals(LARGE, spool.size());
      assertTrue(spool.allocatedSize() < 1 << 20, "allocated: " + spool.allocatedSize());
    }
    byte[] bomb = pack("zstd -q -c", filled('x'));
    assertThrows(UnsupportedFeatureException.class, () -> spool(bomb, tight(1 << 20, 1L << 40)));
    assertEquals(0, directory.toFile().list().length);
  }

  private FileStorage spool(byte[] packed, UnwrapLimits limits) throws IOException {
    StreamSource source =
        new StreamSource("bomb", Channels.newChannel(new ByteArrayInputStream(packed)));
    try (StreamSource plain =
        new Unwrapping(Wrappings.present(), limits).open(source).orElseThrow()) {
      return Unwrapping.spool(plain, directory);
    }
  }

  @Test
  void aWindowThatTakesTooMuchMemoryIsRefused() {
    byte[] xz = pack("xz --lzma2=preset=0,dict=512MiB -c", new byte[1000]);
    byte[] zstd = pack("zstd -q --ultra --long=30 -c", filled(0));
    for (Unwrap way : Unwrap.values()) {
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> way.all(xz));
      assertTrue(e.getMessage().contains("MiB"), e.getMessage());
      assertThrows(dev.platter.image.ImageException.class, () -> way.all(zstd));
    }
  }
}
