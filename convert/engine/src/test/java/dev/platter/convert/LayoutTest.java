package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The file that an image will be, before it is sent. */
class LayoutTest {
  private static final int BLOCK = 4096;
  private static final int SIZE = 64 * BLOCK;

  /** Every third block is zeros. */
  private static final class InPieces implements BlockMap {
    private final MemoryStorage storage = new MemoryStorage("pieces");

    InPieces() throws IOException {
      byte[] bytes = new byte[SIZE];
      new Random(1).nextBytes(bytes);
      storage.write(0, MemorySegment.ofArray(bytes));
    }

    @Override
    public long size() {
      return SIZE;
    }

    @Override
    public int blockSize() {
      return BLOCK;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      long length = Math.min(limit, (offset / BLOCK + 1) * BLOCK) - offset;
      return offset / BLOCK % 3 == 0
          ? new Extent.Zero(offset, length)
          : new Extent.Data(offset, length, storage, offset);
    }
  }

  @TempDir Path directory;

  /** A disk in more pieces than are noted waits in the draft, as far as it is not noted. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 7, Layout.MOST_RUNS})
  void holdsWhatAFileWouldHoweverManyRunsAreNoted(int mostRuns) throws IOException {
    ImageFormat format = ImageFormats.present().named("qcow2").orElseThrow();
    FormatOptions options =
        FormatOptions.parse(List.of("cluster_size=4096"), format.createOptions());
    Identity identity = Identity.seeded("layout", Instant.EPOCH);
    BlockMap model = new InPieces();
    ConvertOptions plain = ConvertOptions.defaults();
    MemoryStorage file = new MemoryStorage("file");
    try (Destination made =
        Destination.newImage(
            format,
            new CreateRequest(
                SIZE, options, false, Optional.empty(), new MemoryTarget(file), identity))) {
      new Converter(plain, Progress.NONE, new Cancellation()).convert(model, made);
    }
    SequentialStorage pipe =
        new SequentialStorage("pipe", Channels.newChannel(OutputStream.nullOutputStream()));
    try (Draft draft = new Draft(TargetFile.pipe(pipe), directory, Draft.MOST_IN_MEMORY);
        ImageWriter writer =
            format.create(
                new CreateRequest(SIZE, options, false, Optional.empty(), draft, identity))) {
      Layout layout = LayoutWriter.run(model, writer, draft, mostRuns, plain, new Cancellation());
      assertArrayEquals(file.toByteArray(), content(layout));
    }
    assertEquals(0, directory.toFile().list().length);
  }

  private static byte[] content(BlockMap map) throws IOException {
    byte[] content = new byte[Math.toIntExact(map.size())];
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(content));
    }
    return content;
  }
}
