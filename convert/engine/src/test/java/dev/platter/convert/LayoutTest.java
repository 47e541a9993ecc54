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
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
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
    isWhatAFileWouldHold(new InPieces(), "cluster_size=4096", mostRuns, ConvertOptions.defaults());
  }

  /**
   * A disk whose units are zeros, or begin with them, in pieces of any length; every second piece
   * lies elsewhere in the file, and what is around them is no zeros.
   */
  private static final class InFile implements BlockMap {
    private static final int UNIT = 64 << 10;
    private final FileStorage file;
    private final long size;
    private final long[] ends;

    InFile(FileStorage file, Random random) throws IOException {
      this.file = file;
      int units = 40;
      byte[] bytes = new byte[units * UNIT + 512];
      for (int unit = 0; unit < units; unit++) {
        switch (random.nextInt(6)) {
          case 0, 1 -> {
            // Zeros that take their space.
          }
          case 2 -> bytes[(unit + 1) * UNIT - 1] = 1;
          case 3 -> bytes[unit * UNIT + FirstLook.BYTES] = 1;
          default -> bytes[unit * UNIT + random.nextInt(FirstLook.BYTES)] = 1;
        }
      }
      this.size = bytes.length;
      this.ends = random.longs(30, 1, size / 512).map(at -> at * 512).sorted().toArray();
      byte[] other = new byte[2 * bytes.length];
      Arrays.fill(other, (byte) -1);
      file.write(0, MemorySegment.ofArray(other));
      for (long at = 0; at < size; at = endAt(at)) {
        MemorySegment piece = MemorySegment.ofArray(bytes).asSlice(at, endAt(at) - at);
        file.write(placeOf(at), piece);
      }
    }

    private long endAt(long offset) {
      return LongStream.of(ends).filter(end -> end > offset).min().orElse(size);
    }

    private long placeOf(long offset) {
      return offset + LongStream.of(ends).filter(end -> end <= offset).count() % 2 * size;
    }

    @Override
    public long size() {
      return size;
    }

    @Override
    public int blockSize() {
      return 512;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Data(
          offset, Math.min(endAt(offset), limit) - offset, file, placeOf(offset));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 65536, 2097152})
  void tellsZerosFromDataWithTheirFirstBytesOrAllOfThem(int clusterSize) throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      Random random = new Random(seed);
      try (FileStorage file = FileStorage.createUnnamed(directory, "disk")) {
        isWhatAFileWouldHold(
            new InFile(file, random),
            "cluster_size=" + clusterSize,
            Layout.MOST_RUNS,
            ConvertOptions.defaults().withSparseBytes(512 << random.nextInt(4)));
      }
    }
  }

  private void isWhatAFileWouldHold(BlockMap model, String wishes, int mostRuns, ConvertOptions how)
      throws IOException {
    ImageFormat format = ImageFormats.present().named("qcow2").orElseThrow();
    FormatOptions options = FormatOptions.parse(List.of(wishes), format.createOptions());
    Identity identity = Identity.seeded("layout", Instant.EPOCH);
    MemoryStorage file = new MemoryStorage("file");
    try (Destination made =
        Destination.newImage(
            format,
            new CreateRequest(
                model.size(),
                options,
                false,
                Optional.empty(),
                new MemoryTarget(file),
                identity))) {
      new Converter(how, Progress.NONE, new Cancellation()).convert(model, made);
    }
    SequentialStorage pipe =
        new SequentialStorage("pipe", Channels.newChannel(OutputStream.nullOutputStream()));
    try (Draft draft = new Draft(TargetFile.pipe(pipe), directory, Draft.MOST_IN_MEMORY);
        ImageWriter writer =
            format.create(
                new CreateRequest(
                    model.size(), options, false, Optional.empty(), draft, identity))) {
      Layout layout = LayoutWriter.run(model, writer, draft, mostRuns, how, new Cancellation());
      assertArrayEquals(file.toByteArray(), content(layout), how.toString());
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
