package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs the commands of the documentation: all blocks of a page that are marked {@code sh}, in
 * order, in one empty directory where {@code platter} and {@code testdata} are as in a clone. A
 * block marked {@code output} behind one is what that prints.
 */
class DocumentationIT {
  private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```(\\w*)\n(.*?)^```$");

  @TempDir Path directory;

  static List<Path> pages() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT.resolve("docs"))) {
      return Stream.concat(
              Stream.of(ROOT.resolve("README.md")),
              files.filter(file -> file.toString().endsWith(".md")).sorted())
          .filter(DocumentationIT::hasCommands)
          .map(ROOT::relativize)
          .toList();
    }
  }

  private static boolean hasCommands(Path page) {
    try {
      return Files.readString(page).contains("```sh\n");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void theCommandsOfAPageWork(Path page) throws Exception {
    Path program = Path.of("target/platter/bin/platter").toAbsolutePath();
    List<Path> links =
        List.of(
            Files.createSymbolicLink(directory.resolve("platter"), program),
            Files.createSymbolicLink(directory.resolve("testdata"), ROOT.resolve("testdata")));
    try {
      follow(page);
    } finally {
      for (Path link : links) {
        Files.delete(link);
      }
    }
  }

  private void follow(Path page) throws Exception {
    Matcher block = BLOCK.matcher(Files.readString(ROOT.resolve(page)));
    String commands = null;
    String printed = "";
    while (block.find()) {
      String text = block.group(2);
      switch (block.group(1)) {
        case "sh" -> {
          commands = text;
          printed = run(text);
        }
        case "output" -> assertEquals(text, printed, page + ": what is printed by\n" + commands);
        default -> {
          // For people.
        }
      }
    }
  }

  /** Runs commands, which must succeed; answers what they print on standard output. */
  private String run(String commands) throws Exception {
    Path out = directory.resolveSibling(directory.getFileName() + ".out");
    Path err = directory.resolveSibling(directory.getFileName() + ".err");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-eu", "-o", "pipefail", "-c", commands)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("PLATTER_"));
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      assertTrue(process.waitFor(300, TimeUnit.SECONDS), () -> "does not end:\n" + commands);
      assertEquals(0, process.exitValue(), commands + Files.readString(err));
      return Files.readString(out);
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }
}
