package dev.platter.benchmarks.jmh;

import dev.platter.convert.ConvertOptions;
import dev.platter.convert.Converter;
import dev.platter.convert.Destination;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Reference;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Asking a map for all of its extents, where every second block of the disk is a hole. */
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class MapWalkBenchmark {
  private static final int BLOCKS = 1024;

  /** Format, its options, and the size of its blocks. */
  @Param({
    "raw  65536",
    "qcow2  65536",
    "qcow2 extended_l2=on 65536",
    "vmdk  65536",
    "vmdk subformat=streamOptimized 65536",
    "vdi  1048576",
    "vpc  2097152",
    "vhdx block_size=1M 1048576"
  })
  public String image;

  private WritableStorage storage;
  private DiskImage opened;
  private BlockMap map;

  /** How many extents were seen. */
  @AuxCounters(AuxCounters.Type.OPERATIONS)
  @State(Scope.Thread)
  public static class Count {
    /** Counted as operations. */
    public long extents;

    /** Begins anew. */
    @Setup(Level.Iteration)
    public void reset() {
      extents = 0;
    }
  }

  /** Writes the image and opens it. */
  @Setup
  public void write() throws IOException {
    String[] parts = image.split(" ", -1);
    int block = Integer.parseInt(parts[2]);
    ImageFormat format = ImageFormats.present().named(parts[0]).orElseThrow();
    FormatOptions options =
        FormatOptions.parse(
            parts[1].isEmpty() ? List.of() : List.of(parts[1]), format.createOptions());
    storage = FileStorage.createUnnamed(Path.of(System.getProperty("java.io.tmpdir")), image);
    BlockMap source = new EverySecondBlock(BLOCKS, block);
    CreateRequest request =
        new CreateRequest(source.size(), options, false, Optional.empty(), target(storage));
    try (Destination destination = Destination.newImage(format, request)) {
      new Converter(ConvertOptions.defaults()).convert(source, destination);
    }
    opened = format.open(storage, OpenRequest.strict());
    map = opened.map();
  }

  private static Target target(WritableStorage storage) {
    return new Target() {
      @Override
      public WritableStorage storage() {
        return storage;
      }

      @Override
      public WritableStorage outside(Reference reference) throws IOException {
        throw new IOException("one file is enough, and this asks for " + reference.name());
      }
    };
  }

  /** Closes it, and so deletes its file. */
  @TearDown
  public void close() throws IOException {
    opened.close();
    storage.close();
  }

  /** From the first extent to the last. */
  @Benchmark
  public long walk(Count count) throws IOException {
    long at = 0;
    while (at < map.size()) {
      Extent extent = map.extentAt(at, map.size());
      at = extent.end();
      count.extents++;
    }
    return at;
  }
}
