package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.wrap.Wrapping;
import dev.platter.image.wrap.Wrappings;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the system's own tools make is unwrapped, and what is not whole is not. */
@Tag("interop")
class WrappingInteropTest {
  private static final byte[] DISK = Unwrap.disk(300_000);

  /** Where a file is cut or changed: at this many places, and near both ends everywhere. */
  private static final int PLACES = 60;

  private static final int ENDS = 40;

  @TempDir Path directory;

  /** Command lines that compress standard input; the program's name is the file's. */
  static Stream<String> commands() {
    return Stream.of(
        "gzip -c",
        "gzip -1 -c",
        "xz -c",
        "xz -0 -C none -c",
        "xz -9 -C sha256 -c",
        "xz -T2 --block-size=40KiB -c",
        "xz -T2 --block-size=40KiB -C crc32 -c",
        "xz --x86 --lzma2 -c",
        "zstd -q -c",
        "zstd -q -19 --ultra --long=27 --no-check -c",
        "pzstd -q -p 3 -c",
        "lz4 -c",
        "lz4 -9 -BD -B4 -c",
        "lz4 -BX -B5 --no-frame-crc -c",
        "bzip2 -c",
        "bzip2 -1 -c",
        "zip -q - -");
  }

  private static byte[] pack(String command, byte[] plain) {
    String[] words = command.split(" ", -1);
    Object[] arguments = Arrays.copyOfRange(words, 1, words.length, Object[].class);
    return ExternalTool.named(words[0])
        .runWithInput(null, plain, arguments)
        .mustExit(0)
        .stdoutBytes();
  }

  private static byte[] twice(byte[] packed, byte[] between) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(packed);
    out.writeBytes(between);
    out.writeBytes(packed);
    return out.toByteArray();
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isUnwrapped(String command) throws IOException {
    byte[] packed = pack(command, DISK);
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(packed), way.toString());
      assertEquals(0, way.all(pack(command, new byte[0])).length, way.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void severalBehindEachOtherAreOneFile(String command) throws IOException {
    byte[] packed = pack(command, DISK);
    byte[] both = twice(packed, new byte[0]);
    for (Unwrap way : Unwrap.values()) {
      if (command.startsWith("zip")) {
        way.mustRefuse(both, "two archives");
      } else {
        assertArrayEquals(twice(DISK, new byte[0]), way.all(both), way.toString());
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void whatIsCutOffIsAnError(String command) throws IOException {
    byte[] packed = pack(command, DISK);
    for (Unwrap way : Unwrap.values()) {
      for (int cut = 1; cut < packed.length; cut += step(cut, packed.length)) {
        way.mustRefuse(Arrays.copyOf(packed, cut), "cut at " + cut + " of " + packed.length);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void whatIsChangedIsAnErrorOrMakesNoDifference(String command) throws IOException {
    if (command.contains("-C none")
        || command.contains("--no-check")
        || command.contains("no-fr")) {
      return; // there is no checksum to find it with
    }
    byte[] packed = pack(command, DISK);
    for (Unwrap way : Unwrap.values()) {
      for (int at = 0; at < packed.length; at += step(at, packed.length)) {
        byte[] changed = packed.clone();
        changed[at] ^= (byte) (1 << at % 8);
        way.mustRefuseOrEqual(changed, DISK, "changed at " + at + " of " + packed.length);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void whatFollowsAndDoesNotBelongIsAnError(String command) throws IOException {
    if (command.startsWith("gzip")) {
      return; // see GzipForeignBytesTest
    }
    byte[] packed = pack(command, DISK);
    for (Unwrap way : Unwrap.values()) {
      for (int length : List.of(1, 4, 5, 100)) {
        byte[] longer = Arrays.copyOf(packed, packed.length + length);
        Arrays.fill(longer, packed.length, longer.length, (byte) 'x');
        way.mustRefuse(longer, length + " bytes more");
      }
    }
  }

  private static int step(int at, int length) {
    return at < ENDS || at >= length - ENDS
        ? 1
        : Math.min(Math.max(1, length / PLACES), Math.max(1, length - ENDS - at));
  }

  @Test
  void paddingIsLetPassWhereTheFormatHasIt() throws IOException {
    for (Unwrap way : Unwrap.values()) {
      byte[] xz = pack("xz -c", DISK);
      assertArrayEquals(twice(DISK, new byte[0]), way.all(twice(xz, new byte[4])));
      way.mustRefuse(twice(xz, new byte[3]), "padding of three bytes");
      byte[] gz = pack("gzip -c", DISK);
      assertArrayEquals(DISK, way.all(Arrays.copyOf(gz, gz.length + 512)));
      way.mustRefuse(twice(gz, new byte[512]), "a member behind padding");
    }
  }

  @Test
  void skippableFramesAreSkipped() throws IOException {
    byte[] skippable = {0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3};
    for (Unwrap way : Unwrap.values()) {
      for (String command : List.of("zstd -q -c", "lz4 -c")) {
        byte[] packed = pack(command, DISK);
        assertArrayEquals(twice(DISK, new byte[0]), way.all(twice(packed, skippable)), command);
        byte[] behind = Arrays.copyOf(packed, packed.length + skippable.length);
        System.arraycopy(skippable, 0, behind, packed.length, skippable.length);
        assertArrayEquals(DISK, way.all(behind), command);
        for (int cut = packed.length + 1; cut < behind.length; cut++) {
          way.mustRefuse(Arrays.copyOf(behind, cut), command + ", cut in the skippable frame");
        }
        byte[] before = twice(skippable, packed);
        before = Arrays.copyOf(before, skippable.length + packed.length);
        assertArrayEquals(DISK, way.all(before), command);
      }
    }
  }

  @Test
  void anArchiveWithSeveralFilesIsRefusedAndOneWithAnyNameIsNot() throws IOException {
    Path first = Files.write(directory.resolve("disk with a name.raw"), DISK);
    Path second = Files.write(directory.resolve("b"), new byte[10]);
    Path one = directory.resolve("one.zip");
    ExternalTool.named("zip").mustRun("-q", "-j", one, first);
    Path stored = directory.resolve("stored.zip");
    ExternalTool.named("zip").mustRun("-q", "-j", "-0", stored, first);
    Path two = directory.resolve("two.zip");
    ExternalTool.named("zip").mustRun("-q", "-j", two, first, second);
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(Files.readAllBytes(one)));
      assertArrayEquals(DISK, way.all(Files.readAllBytes(stored)));
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> way.all(Files.readAllBytes(two)));
      assertTrue(e.getMessage().contains("more than one file"), e.getMessage());
    }
  }

  @Test
  void twoWrappingsAreTakenOffAndThreeRefused() throws IOException {
    byte[] two = pack("gzip -c", pack("xz -c", DISK));
    byte[] three = pack("zstd -q -c", two);
    for (Unwrap way : Unwrap.values()) {
      assertArrayEquals(DISK, way.all(two));
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, () -> way.all(three));
      assertTrue(e.getMessage().contains("more than 2 wrappings"), e.getMessage());
    }
  }

  @Test
  void whatWeWrapTheToolsUnwrapAndTheThreadsMakeNoDifference() throws IOException {
    for (Wrapping wrapping : Wrappings.present().all()) {
      if (wrapping.levels().isEmpty() || wrapping.needsSize()) {
        continue;
      }
      Wrapping.Levels levels = wrapping.levels().get();
      for (int level : List.of(levels.lowest(), levels.usual(), Math.min(9, levels.highest()))) {
        byte[] packed = wrap(wrapping, level, 1);
        assertArrayEquals(packed, wrap(wrapping, level, 4), wrapping.name());
        String tool =
            switch (wrapping.name()) {
              case "gz" -> "gzip";
              case "zst" -> "zstd";
              default -> wrapping.name();
            };
        byte[] back =
            ExternalTool.named(tool)
                .runWithInput(null, packed, "-d", "-c")
                .mustExit(0)
                .stdoutBytes();
        assertArrayEquals(DISK, back, wrapping.name());
        assertArrayEquals(DISK, Unwrap.STREAM.all(packed), wrapping.name());
      }
    }
  }

  private static byte[] wrap(Wrapping wrapping, int level, int threads) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream stream = wrapping.wrap(out, OptionalLong.of(DISK.length), level, threads)) {
      stream.write(DISK);
    }
    return out.toByteArray();
  }

  @Test
  void theSizeIsKnownWhereTheFileSaysIt() throws IOException {
    MemoryStorage xz = MemoryStorage.of("disk", pack("xz -T2 --block-size=40KiB -c", DISK));
    assertEquals(DISK.length, new XzWrapping().unwrappedSize(xz).orElseThrow());
    Path file = Files.write(directory.resolve("disk"), DISK);
    for (String level : List.of("-1", "-19", "--no-check")) {
      byte[] packed = ExternalTool.named("zstd").run("-q", level, "-c", file).stdoutBytes();
      byte[] both = twice(packed, pack("pzstd -q -c", DISK));
      MemoryStorage known = MemoryStorage.of("disk", twice(packed, new byte[0]));
      assertEquals(2L * DISK.length, new ZstdWrapping().unwrappedSize(known).orElseThrow());
      assertEquals(3 * DISK.length, Unwrap.FILE.all(both).length);
      byte[] cut = Arrays.copyOf(packed, packed.length - 10);
      assertTrue(new ZstdWrapping().unwrappedSize(MemoryStorage.of("cut", cut)).isEmpty());
    }
    MemoryStorage piped = MemoryStorage.of("disk", pack("zstd -q -c", DISK));
    assertTrue(new ZstdWrapping().unwrappedSize(piped).isEmpty());
  }
}
