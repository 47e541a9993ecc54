package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.line.Command;
import dev.platter.cli.line.Example;
import dev.platter.cli.line.ExitCode;
import dev.platter.cli.line.Option;
import dev.platter.cli.line.Profile;
import dev.platter.testdata.ExternalTool;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The pages of the manual, and that what they show as examples can be done. */
class ManualTest {
  private static final Path LINUX = Path.of("..", "..", "testdata", "golden", "tiny-linux.qcow2");

  /** The commands that read files in disks. */
  private static final List<String> READERS =
      List.of("cat", "extract", "find", "ls", "stat", "tar-out");

  @TempDir Path directory;

  static List<String> pages() {
    List<String> pages = new ArrayList<>(commands());
    pages.add("");
    return pages;
  }

  static List<String> commands() {
    return Stream.concat(Commands.NAMES.stream(), Commands.OWN_NAMES.stream()).toList();
  }

  private static String page(String command) {
    return command.isEmpty()
        ? Run.platter("manual").mustWork()
        : Run.platter("manual", command).mustWork();
  }

  @ParameterizedTest
  @MethodSource("pages")
  @Tag("interop")
  void mandocFindsNothingWrong(String command) {
    ExternalTool.Result lint =
        ExternalTool.named("mandoc")
            .runWithInput(directory, page(command).getBytes(StandardCharsets.UTF_8), "-T", "lint");
    // What is built twice is the same, so there is no date.
    List<String> found =
        lint.stdout().lines().filter(line -> !line.contains("missing date")).toList();
    assertEquals(List.of(), found);
    assertEquals("", lint.stderr());
  }

  @ParameterizedTest
  @MethodSource("commands")
  @Tag("interop")
  void mandocShowsEverythingThatTheHelpTells(String command) {
    String shown =
        ExternalTool.named("mandoc")
            .runWithInput(
                directory,
                page(command).getBytes(StandardCharsets.UTF_8),
                "-T",
                "utf8",
                "-O",
                "width=1000")
            .stdout()
            .replaceAll(".\b", "");
    Command described = Commands.named(command);
    assertTrue(shown.contains(described.usage()), shown);
    for (Option option : described.options(Profile.PLATTER)) {
      assertTrue(shown.contains(option.help()), option::help);
    }
    for (Example example : described.examples()) {
      assertTrue(shown.contains("platter " + example.words()), example::words);
    }
    for (ExitCode code : described.exitCodes()) {
      assertTrue(shown.contains(code.meaning()), code::meaning);
    }
  }

  @ParameterizedTest
  @MethodSource("qemuImgCommands")
  void examplesUnderTheNameQemuImgUseOptionsThatItHas(String command) {
    Command described = Commands.named(command);
    List<String> known =
        described.options(Profile.QEMU_IMG).stream().map(option -> "--" + option.name()).toList();
    for (Example example : described.examples(Profile.QEMU_IMG)) {
      for (String word : example.words().split(" ", -1)) {
        assertTrue(!word.startsWith("--") || known.contains(word.split("=", 2)[0]), example::words);
      }
    }
  }

  static List<String> qemuImgCommands() {
    return Commands.NAMES;
  }

  @Test
  void unknownCommandsAreRefused() {
    Run run = Run.platter("manual", "convertt");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("convert"), run.err());
  }

  static Stream<Example> examples() {
    return commands().stream().flatMap(name -> Commands.named(name).examples().stream());
  }

  @ParameterizedTest
  @MethodSource("examples")
  void examplesWork(Example example) throws Exception {
    String words = example.words();
    String command = words.split(" ", 2)[0];
    Path packages = LINUX.resolveSibling("guest/packages.qcow2");
    makeImages(
        words.contains("--sparsify") || READERS.contains(command)
            ? Optional.of(LINUX)
            : command.equals("packages") ? Optional.of(packages) : Optional.empty());
    if (words.startsWith("serve ")) {
      return; // Waits for clients; ClientsIT has it.
    }
    if (words.startsWith("bitmap --remove")) {
      Run.platter("bitmap", "--add", image("disk.qcow2"), "monday").mustWork();
    }
    String digest = Run.platter("digest", "-a", "sha256", image("disk.qcow2")).mustWork();
    Run run =
        Run.platter(
            Arrays.stream(words.replace("sha256:DIGEST", digest.split("\\s")[0]).split(" "))
                .map(this::inDirectory)
                .toArray());
    List<Integer> fine =
        words.startsWith("diff ") ? List.of(1) : List.of(0); // The overlay differs.
    assertTrue(fine.contains(run.exitCode()), () -> words + ": " + run);
    assertEquals("", run.err());
  }

  /**
   * @param disk what lies on the disks; empty: noise
   */
  private void makeImages(Optional<Path> disk) throws Exception {
    byte[] bytes = new byte[1 << 20];
    new Random(7).nextBytes(bytes);
    if (disk.isPresent()) {
      Run.platter("convert", "-O", "raw", disk.get(), image("disk.raw")).mustWork();
    } else {
      Files.write(directory.resolve("disk.raw"), bytes);
    }
    for (String name :
        List.of(
            "disk.qcow2",
            "disk.vmdk",
            "disk.vdi",
            "base.qcow2",
            "copy.qcow2",
            "monday.qcow2",
            "tuesday.qcow2",
            "copy.raw")) {
      String format = name.substring(name.indexOf('.') + 1);
      Run.platter("convert", "-O", format, image("disk.raw"), image(name)).mustWork();
    }
    Run.platter("snapshot", "-c", "monday", image("disk.qcow2")).mustWork();
    String overlay = image("overlay.qcow2");
    Run.platter("create", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", overlay).mustWork();
    Files.write(directory.resolve("zero.raw"), new byte[1 << 20]);
    Run.platter("convert", "-n", "-O", "qcow2", image("zero.raw"), overlay).mustWork();
  }

  private String image(String name) {
    return directory.resolve(name).toString();
  }

  /** The word with the directory before the name of a file in it. */
  private String inDirectory(String word) {
    if (word.equals("\"\"")) {
      return "";
    }
    return word.replaceAll("(?<=^|=)(?=[a-z]+\\.[a-z0-9]+$)", directory + "/");
  }
}
