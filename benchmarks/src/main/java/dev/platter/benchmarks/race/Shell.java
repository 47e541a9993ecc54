package dev.platter.benchmarks.race;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Runs programs that are not timed. */
final class Shell {
  private Shell() {}

  /**
   * @param output standard output and standard error
   */
  record Result(int exitCode, String output) {}

  /** Runs a program to its end; any exit code is an answer. */
  static Result run(List<String> command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("LC_ALL", "C.UTF-8");
    builder.redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    Process process = builder.start();
    String output =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    try {
      return new Result(process.waitFor(), output);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IOException("interrupted in " + command, e);
    }
  }

  static Result run(String... command) throws IOException {
    return run(List.of(command));
  }

  /** Runs a program that must succeed, and returns its output. */
  static String need(List<String> command) throws IOException {
    Result result = run(command);
    if (result.exitCode() != 0) {
      throw new IOException(
          "exit code %d from %s%n%s"
              .formatted(result.exitCode(), String.join(" ", command), result.output()));
    }
    return result.output();
  }

  static String need(String... command) throws IOException {
    return need(List.of(command));
  }

  /** Where a program is, on the PATH or among the administrator's. */
  static Optional<Path> find(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + File.pathSeparator + "/usr/sbin:/sbin";
    for (String directory : path.split(File.pathSeparator, -1)) {
      Path candidate = Path.of(directory).resolve(program);
      if (Files.isExecutable(candidate) && !Files.isDirectory(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /**
   * Waits for a process. After that many seconds ends those below it that have no children, so that
   * it learns what they took, and waits for it all the same.
   *
   * @return whether it ended by itself
   */
  static boolean await(Process process, int seconds) throws IOException {
    try {
      if (process.waitFor(seconds, TimeUnit.SECONDS)) {
        return true;
      }
      while (!process.waitFor(1, TimeUnit.SECONDS)) {
        process
            .descendants()
            .filter(below -> below.children().findAny().isEmpty())
            .forEach(ProcessHandle::destroyForcibly);
      }
      return false;
    } catch (InterruptedException e) {
      process.destroyForcibly();
      throw new IOException("interrupted while a contender ran", e);
    }
  }
}
