package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * The same images twice: qemu-img changes the ones and this program the others, by the same command
 * lines; then both sets must hold the same. In a line {@code @NAME} is a file of the set, and words
 * in quotes are one.
 */
final class Twins {
  private static final AtomicInteger SOCKETS = new AtomicInteger();

  private final Path theirs;
  private final Path ours;

  /** For each name the state of all files when its images were found to be the same. */
  private final Map<String, Map<Path, FileTime>> compared = new HashMap<>();

  private Map<Path, FileTime> made = Map.of();

  Twins(Path directory) throws IOException {
    theirs = Files.createDirectories(directory.resolve("theirs"));
    ours = Files.createDirectories(directory.resolve("ours"));
  }

  /** Makes images: lines that begin with {@code img} or {@code io}, for QEMU's programs. */
  Twins made(String... lines) throws IOException {
    for (String line : lines) {
      ExternalTool tool = line.startsWith("img ") ? ExternalTool.qemuImg() : ExternalTool.qemuIo();
      tool.runIn(theirs, words(line.substring(line.indexOf(' ') + 1), Path.of(""))).mustExit(0);
    }
    try (Stream<Path> files = Files.list(theirs)) {
      for (Path file : files.toList()) {
        ExternalTool.named("cp")
            .run("--sparse=always", file, ours.resolve(file.getFileName()))
            .mustExit(0);
      }
    }
    made = state();
    return this;
  }

  /** Whether no file has changed since the images were made. */
  boolean areAsMade() throws IOException {
    return state().equals(made);
  }

  /**
   * When the files of both sets were last written to. They are not read: space that is only
   * reserved is data for measure once it was.
   */
  private Map<Path, FileTime> state() throws IOException {
    Map<Path, FileTime> state = new HashMap<>();
    for (Path directory : List.of(theirs, ours)) {
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          state.put(file, Files.getLastModifiedTime(file));
        }
      }
    }
    return state;
  }

  private static Object[] words(String line, Path directory) {
    List<Object> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean quoted = false;
    for (char c : (line + " ").toCharArray()) {
      if (c == '\'') {
        quoted = !quoted;
        word.append(quoted && word.isEmpty() ? "'" : "");
      } else if (c == ' ' && !quoted) {
        String text = word.toString().replace("'", "");
        words.add(text.startsWith("@") ? directory.resolve(text.substring(1)) : text);
        word.setLength(0);
      } else {
        word.append(c);
      }
    }
    return words.toArray();
  }

  /** Runs a command line by both, which must answer the same. */
  Run both(String line) {
    ExternalTool.Result expected = ExternalTool.qemuImg().run(words(line, theirs));
    Run run = Run.qemuImg(words(line, ours));
    assertEquals(plain(expected.stderr()), plain(run.err()), line);
    assertEquals(plain(expected.stdout()), plain(run.out()), line);
    assertEquals(expected.exitCode(), run.exitCode(), line);
    return run;
  }

  /** What may differ: names of directories, moments, how often progress is shown, newer hints. */
  private String plain(String text) {
    return text.replace(theirs.toString(), "DIR")
        .replace(ours.toString(), "DIR")
        .replaceAll("\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d", "DATE")
        .replaceAll("(\\s*\\([0-9.]+/100%\\)\\s*)+", "PROGRESS")
        .replaceAll("(?m)^qemu-img \\w+: ", "qemu-img: ")
        .replaceAll("(?m)^Try 'qemu-img.*\\n", "")
        .replaceAll("Snapshot list:\\nID .*\\n", "")
        .replaceAll("(?m) +", " ")
        .replaceAll("#block\\d+", "#block")
        .replaceAll("-\\d+ \\(([A-Z][a-z ]+)\\)$", "$1")
        .replaceAll("00(00:00:00)", "$1")
        .replaceAll("\\n\\z", "");
  }

  /** Lets qemu-io change both, as a guest would. */
  void write(String name, String... commands) {
    for (Path directory : List.of(theirs, ours)) {
      List<Object> words = new ArrayList<>();
      for (String command : commands) {
        words.addAll(List.of("-c", command));
      }
      words.add(directory.resolve(name));
      ExternalTool.qemuIo().run(words.toArray()).mustExit(0);
    }
  }

  /** An image of ours. */
  Path ours(String name) {
    return ours.resolve(name);
  }

  /**
   * The images hold the same, are sound, and say the same of themselves. What was compared before
   * is not compared again while no file has changed.
   */
  Twins same(String... names) throws IOException {
    Map<Path, FileTime> state = state();
    for (String name : names) {
      if (state.equals(compared.put(name, state))) {
        continue;
      }
      ExternalTool qemuImg = ExternalTool.qemuImg();
      qemuImg.run("compare", theirs.resolve(name), ours.resolve(name)).mustExit(0);
      if (!name.endsWith(".qcow2")) {
        continue;
      }
      qemuImg.run("check", "-q", ours.resolve(name)).mustExit(0);
      String expected = told(name);
      for (String id : ids(expected)) {
        Path one = snapshot(theirs.resolve(name), id);
        Path other = snapshot(ours.resolve(name), id);
        qemuImg.run("compare", "-f", "raw", "-F", "raw", one, other).mustExit(0);
      }
      assertSpace(theirs.resolve(name), ours.resolve(name));
    }
    return this;
  }

  /** The images say the same of themselves; answers what theirs does. */
  String told(String name) {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    String expected = qemuImg.mustRun("info", "--output=json", theirs.resolve(name));
    String actual = qemuImg.mustRun("info", "--output=json", ours.resolve(name));
    assertEquals(comparable(expected), comparable(actual), name);
    return expected;
  }

  private static Path snapshot(Path image, String id) {
    Path raw = image.resolveSibling("snapshot.raw");
    ExternalTool.qemuImg().mustRun("convert", "-l", "snapshot.id=" + id, "-O", "raw", image, raw);
    return raw;
  }

  private static List<String> ids(String json) {
    return json.lines()
        .filter(line -> line.contains("\"id\": "))
        .map(line -> line.replaceAll(".*\"id\": \"|\".*", ""))
        .toList();
  }

  private String comparable(String json) {
    return plain(json)
        .replaceAll("\"(date-sec|date-nsec|actual-size)\": \\d+", "")
        .replaceAll("(?m)^\\s+\"full-backing-filename\".*$", "");
  }

  private static void assertSpace(Path theirs, Path ours) {
    String[] blocks =
        ExternalTool.named("stat").mustRun("-c", "%b", theirs, ours).lines().toArray(String[]::new);
    long expected = Long.parseLong(blocks[0]);
    long actual = Long.parseLong(blocks[1]);
    if (actual > expected * 5 / 4 + 2048) {
      throw new AssertionError(
          ours + " takes " + actual + " blocks, " + theirs + " takes " + expected);
    }
  }

  /** Bitmaps of both mark the same, to whoever reads them by NBD. */
  void sameBitmaps(String name, List<String> bitmaps) throws IOException {
    String told = told(name);
    for (String bitmap : bitmaps) {
      if (!told.contains("\"name\": \"" + bitmap + "\"")) {
        continue;
      }
      assertEquals(marks(theirs.resolve(name), bitmap), marks(ours.resolve(name), bitmap), bitmap);
    }
  }

  private static String marks(Path image, String bitmap) {
    // One that ended a moment ago may still hold its files.
    Path socket = image.resolveSibling("nbd" + SOCKETS.getAndIncrement());
    String driver = "driver=nbd,server.type=unix,server.path=" + socket;
    ExternalTool.named("qemu-nbd")
        .run(
            "--fork",
            "-r",
            "-f",
            "qcow2",
            "-k",
            socket,
            "--bitmap=" + bitmap,
            "--pid-file=" + socket + ".pid",
            image)
        .mustExit(0);
    return ExternalTool.qemuImg()
        .mustRun(
            "map",
            "--output=json",
            "--image-opts",
            driver + ",x-dirty-bitmap=qemu:dirty-bitmap:" + bitmap)
        .replaceAll(", \"offset\": \\d+", "");
  }

  /** The bytes of a file of ours. */
  byte[] bytes(String name) {
    try {
      return Files.readAllBytes(ours.resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
