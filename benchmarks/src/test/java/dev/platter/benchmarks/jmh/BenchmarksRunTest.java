package dev.platter.benchmarks.jmh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

class BenchmarksRunTest {
  /** The shortest run that there is: whether all work, not how fast. */
  @Test
  void everyBenchmarkRuns() throws Exception {
    TimeValue moment = new TimeValue(1, TimeUnit.MILLISECONDS);
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("dev.platter.benchmarks.jmh.*")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(moment)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    Set<String> names = new HashSet<>();
    for (RunResult result : results) {
      assertTrue(result.getPrimaryResult().getScore() > 0, () -> result.getParams().toString());
      names.add(result.getParams().getBenchmark().replaceFirst(".*\\.(\\w+\\.\\w+)$", "$1"));
    }
    assertEquals(
        Set.copyOf(
            List.of(
                "ZeroScanBenchmark.zeros",
                "ZeroScanBenchmark.data",
                "CodecBenchmark.encode",
                "CodecBenchmark.decode",
                "SectorCipherBenchmark.aesAlone",
                "SectorCipherBenchmark.encrypt",
                "SectorCipherBenchmark.decrypt",
                "MapWalkBenchmark.walk")),
        names);
  }
}
