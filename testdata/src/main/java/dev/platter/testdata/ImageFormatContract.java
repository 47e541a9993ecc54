package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.Measurement;
import dev.platter.image.ParentReference;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every format keeps to of which images are made, whatever its bytes look like. A format
 * module extends this and says which ways of making an image there are.
 */
public abstract class ImageFormatContract extends FormatContract {
  private static final int SIZE = 3 * 1024 * 1024 + 512 * 7;

  /** A disk of so many zeros that one word in memory for each block would show. */
  private static final long HUGE = 1L << 40;

  /** What one chunk of zeros may lead to, bytes. */
  private static final long MOST_MEMORY = 6L << 20;

  /**
   * One way to make an image.
   *
   * @param options as after {@code -o}; may be empty
   */
  public record Variant(String options, boolean compress) {
    /** The options, and whether blocks are compressed. */
    @Override
    public String toString() {
      return (options.isEmpty() ? "defaults" : options) + (compress ? ", compressed" : "");
    }
  }

  /** The ways of making an image that every test goes through, each with its own layout. */
  protected abstract Stream<Variant> variants();

  /**
   * The options of images over a parent, each with its own way to say zeros; none where images have
   * no parents.
   */
  protected List<String> overlays() {
    return List.of();
  }

  @Test
  void zerosOverAParentTakeNoMemoryHoweverMany() throws IOException {
    for (String options : overlays()) {
      MemoryTarget base = new MemoryTarget(new MemoryStorage("base"));
      try (ImageWriter writer = create(new Variant("", false), base, HUGE)) {
        tell(writer, new Piece.Zero(0, HUGE), writer.longestZeros());
        writer.finish();
      }
      try (DiskImage parent = open(base);
          ImageWriter writer =
              format()
                  .create(
                      new CreateRequest(
                          HUGE,
                          FormatOptions.parse(List.of(options), format().createOptions()),
                          false,
                          Optional.of(new ParentReference("base", Optional.of(format().name()))),
                          new MemoryTarget(),
                          Identity.seeded("contract", Instant.EPOCH),
                          Optional.of(parent)))) {
        tell(writer, new Piece.Zero(0, HUGE), writer.longestZeros());
      }
    }
  }

  /** Tells a writer of a run without data, as long a part of it at a time as it takes. */
  private static void tell(ImageWriter writer, Piece run, long longest) throws IOException {
    long step = longest >= run.length() ? run.length() : longest;
    for (long at = 0; at < run.length(); at += step) {
      long length = Math.min(step, run.length() - at);
      Set<Object> arrays = Collections.newSetFromMap(new IdentityHashMap<>());
      long memory = 0;
      for (Placement placement :
          writer.reserve(new Chunk(at, length, List.of(run.slice(at, length))))) {
        memory += 2 * Long.BYTES;
        if (placement instanceof Placement.Write write
            && write
                .bytes()
                .heapBase()
                .filter(arrays::add)
                .isPresent()) { // none: read-only, shared
          memory += write.bytes().byteSize();
        }
      }
      assertTrue(memory <= MOST_MEMORY, "a chunk of " + length + " leads to " + memory + " bytes");
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void whatIsWrittenIsReadBack(Variant variant) throws IOException {
    for (int blockSize : new int[] {512, 4096, 65536}) {
      ModelDisk model = ModelDisk.random(blockSize, SIZE, blockSize);
      assertArrayEquals(model.content(), read(write(variant, model, blockSize)));
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void onlyOutsideFilesSpeakAgainstItsOwnImages(Variant variant) throws IOException {
    MemoryTarget target = write(variant, ModelDisk.random(3, SIZE, 65536), 65536);
    try (DiskImage image = format().open(target.storage(), OpenRequest.strict())) {
      assertEquals(target.outside().isEmpty(), image.dangers().isEmpty(), "" + image.dangers());
      assertEquals(image.info().virtualSize(), image.summary().virtualSize());
      assertEquals(image.info().format(), image.summary().format());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void whatIsMeasuredIsNoLessThanWhatIsWritten(Variant variant) throws IOException {
    ModelDisk model = ModelDisk.random(12, SIZE, 65536);
    List<String> texts = variant.options().isEmpty() ? List.of() : List.of(variant.options());
    FormatOptions options = FormatOptions.parse(texts, format().createOptions());
    Optional<Measurement> measured = format().measure(SIZE, options, Optional.of(model));
    if (measured.isPresent()) {
      MemoryTarget target = write(variant, model, 7);
      long written = target.storage().size();
      for (Storage outside : target.outside().values()) {
        written += outside.size();
      }
      long length = written;
      assertTrue(measured.get().fullyAllocated() >= length, () -> measured + ", written " + length);
      assertTrue(measured.get().required() <= measured.get().fullyAllocated(), measured::toString);
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void aDiskFullOfDataTakesWhatTheWriterSaid(Variant variant) throws IOException {
    byte[] content = new byte[SIZE];
    Arrays.fill(content, (byte) 1);
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer = create(variant, target, SIZE)) {
      OptionalLong said = writer.fullLength();
      BlockMap full = new Stored(MemoryStorage.of("full", content), SIZE);
      PlainMover.move(full, writer, false, false, 1);
      if (said.isPresent()) {
        assertEquals(said.getAsLong(), target.storage().size());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void theSameInputGivesTheSameBytes(Variant variant) throws IOException {
    ModelDisk model = ModelDisk.random(5, SIZE, 4096);
    MemoryTarget one = write(variant, model, 1);
    MemoryTarget other = write(variant, model, 2);
    assertArrayEquals(bytes(one), bytes(other));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void probingFindsIt(Variant variant) throws IOException {
    MemoryTarget target = write(variant, ModelDisk.random(2, SIZE, 4096), 2);
    Optional<ImageFormat> found = ImageFormats.present().probe(target.storage());
    assertEquals(format().name(), found.orElseThrow().name());
  }

  @ParameterizedTest
  @MethodSource("variants")
  void extentsBeginWhereAskedAndStayWithinTheLimit(Variant variant) throws IOException {
    ModelDisk model = ModelDisk.random(3, SIZE, 4096);
    try (DiskImage image = open(write(variant, model, 3))) {
      checkExtents(image.map(), model.content());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void manyThreadsMayAskOneMap(Variant variant) throws Exception {
    ModelDisk model = ModelDisk.random(6, SIZE, 4096);
    try (DiskImage image = open(write(variant, model, 4))) {
      checkThreads(image.map(), model.content());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void damagedImagesGiveBytesOrOneClearError(Variant variant) throws IOException {
    surviveDamage(bytes(write(variant, ModelDisk.random(8, SIZE / 4, 4096), 5)));
  }

  @ParameterizedTest
  @MethodSource("variants")
  void cutOffImagesGiveBytesOrOneClearError(Variant variant) throws IOException {
    surviveCuts(bytes(write(variant, ModelDisk.random(10, SIZE / 4, 4096), 6)));
  }

  /** A disk all of which is data. */
  private record Stored(Storage storage, long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Data(offset, limit - offset, storage, offset);
    }
  }

  private ImageWriter create(Variant variant, MemoryTarget target, long size) throws IOException {
    List<String> texts = variant.options().isEmpty() ? List.of() : List.of(variant.options());
    return format()
        .create(
            new CreateRequest(
                size,
                FormatOptions.parse(texts, format().createOptions()),
                variant.compress(),
                Optional.empty(),
                target,
                Identity.seeded("contract", Instant.EPOCH)));
  }

  private MemoryTarget write(Variant variant, BlockMap source, long seed) throws IOException {
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer = create(variant, target, source.size())) {
      PlainMover.move(source, writer, false, false, seed);
    }
    return target;
  }

  private DiskImage open(MemoryTarget target) throws IOException {
    return format()
        .open(
            target.storage(),
            new OpenRequest(
                Limits.DEFAULT,
                reference -> {
                  MemoryStorage storage = target.outside().get(reference.name());
                  if (storage == null) {
                    throw new IOException("no outside file '" + reference.name() + "'");
                  }
                  return storage.copy();
                }));
  }

  private byte[] read(MemoryTarget target) throws IOException {
    try (DiskImage image = open(target)) {
      assertEquals(image.map().size(), image.info().virtualSize());
      return read(image.map());
    }
  }

  private static byte[] bytes(MemoryTarget target) throws IOException {
    return ((MemoryStorage) target.storage()).toByteArray();
  }
}
