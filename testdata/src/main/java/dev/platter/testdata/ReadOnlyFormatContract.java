package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What every format keeps to of which images are only read. */
public abstract class ReadOnlyFormatContract extends FormatContract {
  /**
   * An image.
   *
   * @param name what is special about it
   * @param image the file
   * @param content what its disk holds, some megabytes at most
   */
  public record Sample(String name, byte[] image, byte[] content) {
    private DiskImage open(ReadOnlyFormatContract test) throws IOException {
      return test.format().open(storage(), OpenRequest.strict());
    }

    private Storage storage() {
      return MemoryStorage.of("sample", image);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** The images that every test goes through, made by hand and without parents. */
  protected abstract Stream<Sample> samples();

  @Test
  void isNotMade() {
    assertFalse(format().isMade());
    CreateRequest request =
        new CreateRequest(
            1 << 20,
            FormatOptions.none(),
            false,
            Optional.empty(),
            new MemoryTarget(),
            Identity.seeded("contract", Instant.EPOCH));
    assertThrows(UnsupportedFeatureException.class, () -> format().create(request));
  }

  @ParameterizedTest
  @MethodSource("samples")
  void itsDiskIsRead(Sample sample) throws IOException {
    try (DiskImage image = sample.open(this)) {
      assertEquals(format().name(), image.info().format());
      assertEquals(sample.content().length, image.info().virtualSize());
      assertEquals(sample.content().length, image.summary().virtualSize());
      assertEquals(sample.content().length, image.map().size());
      assertArrayEquals(sample.content(), read(image.map()));
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void probingFindsIt(Sample sample) throws IOException {
    assertEquals(
        format().name(), ImageFormats.present().probe(sample.storage()).orElseThrow().name());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void extentsBeginWhereAskedAndStayWithinTheLimit(Sample sample) throws IOException {
    try (DiskImage image = sample.open(this)) {
      checkExtents(image.map(), sample.content());
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void manyThreadsMayAskOneMap(Sample sample) throws Exception {
    try (DiskImage image = sample.open(this)) {
      checkThreads(image.map(), sample.content());
    }
  }

  @ParameterizedTest
  @MethodSource("samples")
  void damagedImagesGiveBytesOrOneClearError(Sample sample) {
    surviveDamage(sample.image());
  }

  @ParameterizedTest
  @MethodSource("samples")
  void cutOffImagesGiveBytesOrOneClearError(Sample sample) {
    surviveCuts(sample.image());
  }
}
