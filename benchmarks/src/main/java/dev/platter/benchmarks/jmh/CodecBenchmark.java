package dev.platter.benchmarks.jmh;

import dev.platter.codec.Codecs;
import dev.platter.codec.Decoder;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** One block of 64 KiB, there and back; the blocks are pieces of Java's own classes. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@State(Scope.Thread)
public class CodecBenchmark {
  private static final int BLOCK = 64 << 10;
  private static final int BLOCKS = 64;

  /** Encoding and level, if not the usual one. */
  @Param({"DEFLATE", "DEFLATE/2", "DEFLATE/6", "ZLIB/5", "ZSTD/3", "LZ4/1"})
  public String codec;

  private final MemorySegment[] plain = new MemorySegment[BLOCKS];
  private final MemorySegment[] encoded = new MemorySegment[BLOCKS];
  private final Arena arena = Arena.ofConfined();
  private MemorySegment target;
  private Encoder encoder;
  private Decoder decoder;
  private int next;

  /** Reads and encodes the blocks. */
  @Setup
  public void prepare() throws IOException {
    String[] parts = codec.split("/", -1);
    Encoding encoding = Encoding.valueOf(parts[0]);
    encoder =
        parts.length > 1
            ? Codecs.newEncoder(encoding, Integer.parseInt(parts[1]))
            : Codecs.newEncoder(encoding);
    decoder = Codecs.newDecoder(encoding);
    target = arena.allocate(2 * BLOCK);
    Path classes = Path.of(System.getProperty("java.home"), "lib", "modules");
    try (FileChannel file = FileChannel.open(classes)) {
      long distance = file.size() / (BLOCKS + 1);
      for (int i = 0; i < BLOCKS; i++) {
        plain[i] = arena.allocate(BLOCK);
        file.read(plain[i].asByteBuffer(), (i + 1) * distance);
        int length = encoder.encode(plain[i], target);
        encoded[i] = arena.allocate(length).copyFrom(target.asSlice(0, length));
      }
    }
  }

  /** Gives native state back. */
  @TearDown
  public void close() {
    encoder.close();
    decoder.close();
    arena.close();
  }

  /** Compresses a block. */
  @Benchmark
  public int encode() {
    next = (next + 1) % BLOCKS;
    return encoder.encode(plain[next], target);
  }

  /** Decompresses a block. */
  @Benchmark
  public int decode() throws IOException {
    next = (next + 1) % BLOCKS;
    return decoder.decode(encoded[next], target.asSlice(0, BLOCK));
  }
}
