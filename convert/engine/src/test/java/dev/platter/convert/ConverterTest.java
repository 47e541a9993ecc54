package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a source to an image under its name, in one call, or nothing of it. */
class ConverterTest {
  private static final byte[] BEFORE = "what was there".getBytes(StandardCharsets.UTF_8);
  private static final int SIZE = 4 << 20;

  @TempDir private Path directory;
  private Path file;

  @BeforeEach
  void fileThatIsThere() throws IOException {
    file = directory.resolve("disk");
    Files.write(file, BEFORE);
  }

  @Test
  void theImageHasItsNameWhenTheConversionReturns() throws IOException {
    convert("raw", new Converter(ConvertOptions.defaults()), new Filled(SIZE));
    byte[] made = Files.readAllBytes(file);
    assertEquals(SIZE, made.length);
    assertEquals(7, made[0]);
    assertEquals(7, made[SIZE - 1]);
  }

  @Test
  void whatIsPublishedIsWhole() throws IOException {
    convert("qcow2", new Converter(ConvertOptions.defaults()), new EmptyDisk(SIZE));
    try (var storage = MemoryStorage.of("made", Files.readAllBytes(file));
        var image = format("qcow2").open(storage, OpenRequest.strict())) {
      assertEquals(SIZE, image.map().size());
    }
  }

  @Test
  void aSourceThatFailsLeavesWhatWasThere() throws IOException {
    BlockMap broken = new Filled(SIZE, SIZE / 2);
    Converter converter = new Converter(ConvertOptions.defaults());
    assertThrows(IOException.class, () -> convert("raw", converter, broken));
    nothingHappened();
  }

  @Test
  void aCancellationLeavesWhatWasThere() throws IOException {
    Cancellation cancellation = new Cancellation();
    Progress pulls = (done, total) -> cancellation.cancel();
    Converter converter = new Converter(ConvertOptions.defaults(), pulls, cancellation);
    assertThrows(
        Cancellation.CancelledException.class,
        () -> convert("raw", converter, new Filled(16L * SIZE)));
    nothingHappened();
  }

  @Test
  void aStreamThatIsFoundBadAtItsEndLeavesWhatWasThere() throws IOException {
    try (TargetFile target = TargetFile.create(file, ReferencePolicy.deny());
        Destination destination = Destination.newImage(format("raw"), request(SIZE, target))) {
      Converter converter = new Converter(ConvertOptions.defaults());
      assertThrows(IOException.class, () -> converter.convert(new BadAtItsEnd(), destination));
    }
    nothingHappened();
  }

  @Test
  void aDestinationIsGoodForOneConversion() throws IOException {
    try (TargetFile target = TargetFile.create(file, ReferencePolicy.deny());
        Destination destination = Destination.newImage(format("raw"), request(SIZE, target))) {
      Converter converter = new Converter(ConvertOptions.defaults());
      converter.convert(new Filled(SIZE), destination);
      assertThrows(
          IllegalStateException.class, () -> converter.convert(new EmptyDisk(SIZE), destination));
    }
    assertEquals(7, Files.readAllBytes(file)[0]);
  }

  private void nothingHappened() throws IOException {
    assertArrayEquals(BEFORE, Files.readAllBytes(file));
    try (Stream<Path> there = Files.list(directory)) {
      assertEquals(List.of(file), there.toList());
    }
  }

  private void convert(String format, Converter converter, BlockMap source) throws IOException {
    try (TargetFile target = TargetFile.create(file, ReferencePolicy.deny());
        Destination destination =
            Destination.newImage(format(format), request(source.size(), target))) {
      converter.convert(source, destination);
    }
  }

  private static CreateRequest request(long size, TargetFile target) {
    return new CreateRequest(size, FormatOptions.none(), false, Optional.empty(), target);
  }

  private static ImageFormat format(String name) {
    return ImageFormats.present().named(name).orElseThrow();
  }

  /** Sevens, of which those from some offset on cannot be found. */
  private record Filled(long size, long brokenFrom) implements BlockMap {
    private static final MemoryStorage SEVENS = sevens();

    Filled(long size) {
      this(size, size);
    }

    private static MemoryStorage sevens() {
      byte[] bytes = new byte[SIZE];
      Arrays.fill(bytes, (byte) 7);
      return MemoryStorage.of("sevens", bytes);
    }

    @Override
    public int blockSize() {
      return SIZE;
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      if (offset >= brokenFrom) {
        throw new IOException("broken");
      }
      long within = offset % SIZE;
      long length = Math.min(limit - offset, SIZE - within);
      return new Extent.Data(offset, Math.min(length, brokenFrom - offset), SEVENS, within);
    }
  }

  /** Zeros, and then an error. */
  private static final class BadAtItsEnd implements SequentialImage {
    private boolean told;

    @Override
    public OptionalLong size() {
      return OptionalLong.of(SIZE);
    }

    @Override
    public Optional<Extent> next(MemorySegment buffer) throws IOException {
      if (told) {
        throw new IOException("it was another format");
      }
      told = true;
      return Optional.of(new Extent.Zero(0, SIZE));
    }

    @Override
    public void close() {}
  }
}
