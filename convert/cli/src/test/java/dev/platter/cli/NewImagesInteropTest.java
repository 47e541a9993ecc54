package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A new image has the bytes that qemu-img gives it, each at the same place. Allowed to differ: the
 * layout of qcow2 images whose refcount table outgrows one cluster, and the subclusters of raw data
 * files, which are data here and nothing there; identifiers, moments and the maker's name in other
 * formats.
 */
@Tag("interop")
class NewImagesInteropTest {
  private static final int WINDOW = 1 << 16;

  @TempDir Path directory;
  private Path theirs;
  private Path ours;

  @BeforeEach
  void makeDirectories() throws IOException {
    theirs = Files.createDirectories(directory.resolve("a"));
    ours = Files.createDirectories(directory.resolve("b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "qcow2 x.qcow2 1G",
        "qcow2 x.qcow2 0",
        "qcow2 x.qcow2 1",
        "qcow2 x.qcow2 64T",
        "qcow2 -o compat=0.10 x.qcow2 1G",
        "qcow2 -o compression_type=zstd,lazy_refcounts=on x.qcow2 1G",
        "qcow2 -o cluster_size=2M,extended_l2=on x.qcow2 1T",
        "qcow2 -o backing_file=base,backing_fmt=raw x.qcow2 10M",
        "qcow2 -o backing_file=base,backing_fmt=raw,extended_l2=on,preallocation=metadata x.qcow2 8M",
        "qcow2 -o data_file=d.raw x.qcow2 1000000",
        "qcow2 -o data_file=d.raw,data_file_raw=on x.qcow2 1000000",
        "qcow2 -o data_file=d.raw,data_file_raw=on,preallocation=full x.qcow2 1000000",
        "qcow2 -o data_file=d.raw,preallocation=falloc,refcount_bits=1 x.qcow2 1G",
        // The L1 table reaches beyond what the first refcount block counts, and more than one.
        "qcow2 -o cluster_size=512 x.qcow2 1G",
        "qcow2 -o cluster_size=512 x.qcow2 4G",
        "qcow2 -o cluster_size=1k,refcount_bits=32 x.qcow2 5G",
        // Refcount blocks among data.
        "qcow2 -o preallocation=metadata x.qcow2 5G",
        "qcow2 -o preallocation=metadata,refcount_bits=64 x.qcow2 2G",
        "qcow2 -o preallocation=metadata,cluster_size=4k x.qcow2 64M",
        "qcow2 -o preallocation=metadata,cluster_size=512 x.qcow2 1M",
        "qcow2 -o preallocation=metadata,extended_l2=on x.qcow2 1000000",
        "qcow2 -o preallocation=metadata,compat=0.10 x.qcow2 1000000",
        "qcow2 -o preallocation=metadata,cluster_size=2M x.qcow2 100M",
        "qcow2 -o preallocation=metadata x.qcow2 0",
        "qcow2 -o preallocation=falloc x.qcow2 33M",
        "qcow2 -o preallocation=falloc,cluster_size=4k x.qcow2 33M",
        "qcow2 -o preallocation=full,cluster_size=512,refcount_bits=64 x.qcow2 1M",
        "qcow2 -o preallocation=full,extended_l2=on x.qcow2 1000000",
        "raw x.raw 0",
        "raw x.raw 1",
        "raw x.raw 1M",
        "raw -o preallocation=full x.raw 1M"
      })
  void isThatOfQemuImg(String line) throws IOException {
    make(line);
    assertSame(line);
  }

  @Test
  void hasQcow2sLayoutWhateverTheOptions() throws IOException {
    Random random = new Random(19);
    for (int i = 0; i < 30; i++) {
      String line = qcow2(random);
      make(line);
      assertSame(line);
    }
  }

  private static String qcow2(Random random) {
    String cluster = pick(random, "2k", "4k", "16k", "64k", "128k", "1M");
    String options = "cluster_size=" + cluster;
    if (random.nextInt(8) == 0) {
      options += ",compat=0.10";
    } else {
      options += ",refcount_bits=" + pick(random, "1", "2", "8", "16", "32", "64");
      options += ",lazy_refcounts=" + pick(random, "on", "off");
      options += ",compression_type=" + pick(random, "zlib", "zstd");
      options += cluster.length() > 2 ? ",extended_l2=" + pick(random, "on", "off") : "";
      options += pick(random, "", "", ",data_file=d.raw");
    }
    options += ",preallocation=" + pick(random, "off", "metadata", "falloc");
    return "qcow2 -o " + options + " x.qcow2 " + pick(random, "512", "1000000", "1M", "9M");
  }

  private static String pick(Random random, String... words) {
    return words[random.nextInt(words.length)];
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 512, 4096, 100_000})
  void rawHasItsFirstBlock(int size) throws IOException {
    make("raw x.raw " + size);
    long expected = blocks(theirs.resolve("x.raw"));
    assertEquals(size == 0 ? 0 : 8, expected);
    assertEquals(expected, blocks(ours.resolve("x.raw")));
    ExternalTool.qemuImg().mustRun("create", "-f", "qcow2", ours.resolve("x.qcow2"), size);
    Run.platter("convert", "-O", "raw", ours.resolve("x.qcow2"), ours.resolve("y.raw")).mustWork();
    long sectors = Math.ceilDiv(size, 512) * 512L;
    assertEquals(sectors, Files.size(ours.resolve("y.raw")));
    assertEquals(expected, blocks(ours.resolve("y.raw")));
  }

  private static long blocks(Path file) {
    return Long.parseLong(ExternalTool.named("stat").mustRun("-c", "%b", file).strip());
  }

  /** Makes an image by both programs: {@code FMT [-o OPTIONS] FILE SIZE}. */
  private void make(String line) throws IOException {
    List<Object> expected = new ArrayList<>(List.of("create", "-q", "-f"));
    List<Object> actual = new ArrayList<>(expected);
    for (String word : line.split(" ")) {
      expected.add(word);
      actual.add(word.startsWith("x.") ? ours.resolve(word) : word);
    }
    for (Path set : List.of(theirs, ours)) {
      try (Stream<Path> files = Files.list(set)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
      Files.write(set.resolve("base"), new byte[512]);
    }
    ExternalTool.qemuImg().runIn(theirs, expected.toArray()).mustExit(0);
    // qemu-img looks for data files from the working directory, so qcow2 images are made by our
    // name.
    Run run =
        line.startsWith("raw") ? Run.qemuImg(actual.toArray()) : Run.platter(actual.toArray());
    run.mustWork();
  }

  private void assertSame(String line) throws IOException {
    try (Stream<Path> files = Files.list(theirs)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        long at = mismatch(file, ours.resolve(name));
        assertEquals(-1, at, () -> "%s: %s differs at 0x%x".formatted(line, name, at));
      }
    }
  }

  /** Where two files differ first, or -1; holes cost nothing. */
  private static long mismatch(Path one, Path other) throws IOException {
    try (Storage first = FileStorage.openForReading(one);
        Storage second = FileStorage.openForReading(other)) {
      long end = Math.min(first.size(), second.size());
      MemorySegment a = MemorySegment.ofArray(new byte[WINDOW]);
      MemorySegment b = MemorySegment.ofArray(new byte[WINDOW]);
      for (long at = 0; at < end; ) {
        var run = first.runAt(at, end);
        var otherRun = second.runAt(at, end);
        if (run.hole() && otherRun.hole()) {
          at += Math.min(run.length(), otherRun.length());
          continue;
        }
        int length = (int) Math.min(WINDOW, end - at);
        first.read(at, a.asSlice(0, length));
        second.read(at, b.asSlice(0, length));
        long found = MemorySegment.mismatch(a, 0, length, b, 0, length);
        if (found >= 0) {
          return at + found;
        }
        at += length;
      }
      return first.size() == second.size() ? -1 : end;
    }
  }
}
