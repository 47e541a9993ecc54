package dev.platter.benchmarks.jmh;

import dev.platter.storage.ZeroScan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
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

/** Finding zeros in a buffer. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Thread)
public class ZeroScanBenchmark {
  private static final int UNIT = 4096;

  /** The buffer's length in bytes: a block that fits the cache, and a segment that does not. */
  @Param({"65536", "2097152"})
  public int length;

  private final Arena arena = Arena.ofConfined();
  private MemorySegment zeros;
  private MemorySegment noise;

  /** Fills the buffers. */
  @Setup
  public void fill() {
    zeros = arena.allocate(length, UNIT);
    noise = arena.allocate(length, UNIT);
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    MemorySegment.copy(bytes, 0, noise, java.lang.foreign.ValueLayout.JAVA_BYTE, 0, length);
  }

  /** Frees them. */
  @TearDown
  public void free() {
    arena.close();
  }

  /** All of it has to be looked at. */
  @Benchmark
  public boolean zeros() {
    return ZeroScan.isZero(zeros);
  }

  /** Each unit's first bytes decide. */
  @Benchmark
  public long data() {
    return ZeroScan.dataRun(noise, UNIT);
  }
}
