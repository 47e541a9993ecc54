package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chains of encrypted images that QEMU fills and this program changes: what qemu-img then reads
 * through them is the disk that it read before. They are made here, as qemu-img takes a second for
 * each key, and gives up on a busy machine.
 */
@Tag("interop")
class EncryptedChainsInteropTest {
  private static final int MIB = 1 << 20;
  private static final String SECRET = "secret,id=s,data=open sesame";

  @TempDir Path directory;
  private final Random random = new Random(6);

  /** A kind of image: {@code qcow2-luks}, {@code qcow2-aes}, {@code luks}, {@code qcow2}, raw. */
  private record Kind(String word) {
    String format() {
      return word.split("-", 2)[0];
    }

    String keyOption() {
      return switch (word) {
        case "luks" -> "key-secret";
        case "qcow2-luks", "qcow2-aes" -> "encrypt.key-secret";
        default -> "";
      };
    }

    /** What it takes to make one; empty: nothing. */
    String options() {
      return switch (word) {
        case "luks" -> "key-secret=s,iter-time=1";
        case "qcow2-luks" -> "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=1";
        case "qcow2-aes" -> "encrypt.format=aes,encrypt.key-secret=s";
        default -> "";
      };
    }

    String options(Path file) {
      String key = keyOption().isEmpty() ? "" : keyOption() + "=s,";
      return "driver=" + format() + "," + key + "file.filename=" + file;
    }

    String json(Path file) {
      String key = keyOption().isEmpty() ? "" : "\"" + keyOption() + "\":\"s\",";
      String below = "\"file\":{\"driver\":\"file\",\"filename\":\"" + file + "\"}";
      return "json:{\"driver\":\"" + format() + "\"," + key + below + "}";
    }
  }

  /** An image of a chain. */
  private record Image(Kind kind, Path file) {
    String options() {
      return kind.options(file);
    }
  }

  private Image make(String name, String kind, Image base, String size) {
    Image image = new Image(new Kind(kind), directory.resolve(name));
    List<Object> words = new ArrayList<>(List.of("create", "-q", "--object", SECRET));
    words.addAll(List.of("-f", image.kind.format()));
    if (!image.kind.options().isEmpty()) {
      words.addAll(List.of("-o", image.kind.options()));
    }
    if (base != null) {
      words.addAll(List.of("-b", base.kind.json(base.file), "-F", base.kind.format()));
    }
    words.addAll(List.of(image.file, size));
    Run.platter(words.toArray()).mustWork();
    return image;
  }

  /** An image that holds noise, and zeros in the middle. */
  private Image filled(String name, String kind) throws IOException {
    Image image = make(name, kind, null, "2M");
    byte[] disk = new byte[2 * MIB];
    random.nextBytes(disk);
    Arrays.fill(disk, 300_000, 700_000, (byte) 0);
    Path raw = Files.write(directory.resolve(name + ".raw"), disk);
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "-n",
            "--object",
            SECRET,
            "--target-image-opts",
            "-f",
            "raw",
            raw,
            image.options());
    return image;
  }

  private static void write(Image image, String... commands) {
    List<Object> words = new ArrayList<>(List.of("--object", SECRET, "--image-opts"));
    words.add(image.options());
    for (String command : commands) {
      words.addAll(List.of("-c", command));
    }
    ExternalTool.qemuIo().mustRun(words.toArray());
  }

  private byte[] read(Image image, String... more) throws IOException {
    Path raw = directory.resolve("read.raw");
    List<Object> words = new ArrayList<>(List.of("convert", "--object", SECRET, "--image-opts"));
    words.addAll(List.of(more));
    words.addAll(List.of("-O", "raw", image.options(), raw));
    ExternalTool.qemuImg().mustRun(words.toArray());
    return Files.readAllBytes(raw);
  }

  private static void mustBeSound(Image image) {
    if (image.kind.format().equals("qcow2")) {
      ExternalTool.qemuImg()
          .mustRun("check", "-q", "--object", SECRET, "--image-opts", image.options());
    }
  }

  private static void run(String command, Image image, Object... more) {
    List<Object> words = new ArrayList<>(List.of(command, "-q", "--object", SECRET));
    words.add("--image-opts");
    words.addAll(List.of(more));
    words.add(image.options());
    Run.qemuImg(words.toArray()).mustWork();
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2-luks, qcow2-luks, 2M",
    "qcow2-luks, qcow2-luks, 3500k",
    "qcow2-aes, qcow2-aes, 3500k",
    "qcow2-luks, luks, 2M",
    "qcow2, luks, 3500k",
    "qcow2-aes, luks, 3500k",
    "qcow2, qcow2-aes, 2M",
    "qcow2-luks, raw, 3500k",
    "qcow2-aes, qcow2, 1M"
  })
  void commitsBetweenThem(String above, String below, String size) throws IOException {
    Image base = filled("base", below);
    Image top = make("top", above, base, size);
    write(top, "write -P 5 100k 200k", "write -z 400k 77k", "write -P 6 900k 3k");
    if (size.startsWith("3")) {
      write(top, "write -P 7 3M 5k");
    }
    byte[] disk = read(top);
    long stored = Files.size(top.file);
    run("commit", top);
    mustBeSound(base);
    mustBeSound(top);
    assertArrayEquals(disk, read(top));
    byte[] found = read(base);
    assertArrayEquals(disk, Arrays.copyOf(found, disk.length));
    assertTrue(Files.size(top.file) < stored, "it is emptied");
    write(top, "write -P 9 500k 64k");
    Arrays.fill(disk, 500 << 10, 564 << 10, (byte) 9);
    assertArrayEquals(disk, read(top), "it can be written to afterwards");
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2-luks, qcow2-luks, luks",
    "qcow2-luks, luks, qcow2-aes",
    "qcow2-aes, raw, qcow2-luks",
    "qcow2, qcow2-aes, luks",
    "qcow2-aes, luks, ''"
  })
  void rebasesThem(String above, String before, String after) throws IOException {
    Image base = filled("base", before);
    Image top = make("top", above, base, "3M");
    write(top, "write -P 5 100k 200k", "write -z 400k 77k", "write -P 6 2900k 3k");
    byte[] disk = read(top);
    if (after.isEmpty()) {
      run("rebase", top, "-b", "");
    } else {
      Image other = filled("other", after);
      run("rebase", top, "-b", other.kind.json(other.file), "-F", other.kind.format());
    }
    Files.delete(base.file);
    mustBeSound(top);
    assertArrayEquals(disk, read(top));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2-luks", "qcow2-aes"})
  void keepsSnapshotsOfThemThroughWhateverIsAmended(String kind) throws IOException {
    Image base = filled("base", "luks");
    Image top = make("top", kind, base, "2M");
    write(top, "write -P 5 100k 200k", "write -z 400k 77k");
    byte[] then = read(top);
    run("snapshot", top, "-c", "one");
    write(top, "write -P 6 150k 700k", "discard 1M 64k");
    byte[] now = read(top);
    List<String> amendments = new ArrayList<>(List.of("lazy_refcounts=on", "refcount_bits=64"));
    if (kind.equals("qcow2-aes")) { // a header of LUKS is told of by an extension of version 3
      amendments.add("lazy_refcounts=off,refcount_bits=16,compat=0.10");
      amendments.add("compat=1.1");
    }
    for (String options : amendments) {
      run("amend", top, "-o", options);
      mustBeSound(top);
      assertArrayEquals(now, read(top), options);
      assertArrayEquals(then, read(top, "-l", "one"), options);
    }
    Run.qemuImg("resize", "-q", "--object", SECRET, "--image-opts", top.options(), "+1M")
        .mustWork();
    mustBeSound(top);
    assertArrayEquals(Arrays.copyOf(now, 3 * MIB), read(top));
    run("snapshot", top, "-a", "one");
    mustBeSound(top);
    assertArrayEquals(then, Arrays.copyOf(read(top), 2 * MIB));
    run("snapshot", top, "-d", "one");
    mustBeSound(top);
    assertArrayEquals(then, Arrays.copyOf(read(top), 2 * MIB));
  }

  @Test
  void nothingIsCommittedWithoutTheSecretOfTheBase() throws IOException {
    Image base = filled("base", "qcow2-luks");
    Image top = make("top", "qcow2", base, "2M");
    write(top, "write -P 5 100k 200k");
    byte[] before = Files.readAllBytes(base.file);
    Run run =
        Run.qemuImg("commit", "--object", "secret,id=s,data=other", "--image-opts", top.options());
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("Invalid password"), run.err());
    assertArrayEquals(before, Files.readAllBytes(base.file));
  }
}
