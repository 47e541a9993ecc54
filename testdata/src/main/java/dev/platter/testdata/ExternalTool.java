package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A program from outside that tests compare with: {@code qemu-img}, {@code qemu-io}, {@code 7z} and
 * the like, found on the PATH.
 *
 * <p>On a machine without the program the test is skipped and says why. With {@code
 * PLATTER_REQUIRE_INTEROP=true} in the environment or as a system property, as the project's own
 * build sets it, a missing program fails the test instead.
 */
public final class ExternalTool {
  private static final String REQUIRE = "PLATTER_REQUIRE_INTEROP";
  private static final long TIMEOUT_SECONDS = 300;

  private final String name;
  private final Path program;

  private ExternalTool(String name, Path program) {
    this.name = name;
    this.program = program;
  }

  /** {@code qemu-img}, from Debian's package qemu-utils. */
  public static ExternalTool qemuImg() {
    return named("qemu-img");
  }

  /** {@code qemu-io}, from Debian's package qemu-utils. */
  public static ExternalTool qemuIo() {
    return named("qemu-io");
  }

  /** {@code 7z}, from Debian's package p7zip-full. */
  public static ExternalTool sevenZip() {
    return named("7z");
  }

  /**
   * The program of that name; skips the running test where there is none (or fails it, see the
   * class).
   */
  public static ExternalTool named(String name) {
    Optional<Path> program = find(name);
    if (program.isEmpty()) {
      String message =
          "The program " + name + " is not on the PATH, so nothing can be compared with it";
      if (required()) {
        fail(message + "; " + REQUIRE + "=true asks for it");
      }
      Assumptions.abort(message);
    }
    return new ExternalTool(name, program.orElseThrow());
  }

  /** The program of that file, which need not be on the PATH. */
  public static ExternalTool at(Path program) {
    return new ExternalTool(program.getFileName().toString(), program);
  }

  /** Whether a program of that name is on the PATH. */
  public static boolean isPresent(String name) {
    return find(name).isPresent();
  }

  /** Where the program is. */
  public Path program() {
    return program;
  }

  /**
   * Runs the program with these arguments ({@code toString} of each) and waits for its end; any
   * exit code is an answer.
   */
  public Result run(Object... arguments) {
    return runIn(null, arguments);
  }

  /** {@link #run}, in the given working directory. */
  public Result runIn(Path directory, Object... arguments) {
    return runWithInput(directory, new byte[0], arguments);
  }

  /**
   * {@link #run}, in the given working directory (null: the current one), with these bytes as
   * standard input.
   */
  public Result runWithInput(Path directory, byte[] input, Object... arguments) {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LC_ALL", "C");
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    try {
      Process process = builder.start();
      CompletableFuture<byte[]> out = read(process.getInputStream());
      CompletableFuture<byte[]> err = read(process.getErrorStream());
      try (var stdin = process.getOutputStream()) {
        stdin.write(input);
      } catch (IOException ignored) {
        // The program did not want all of its input; its exit code and stderr tell whether that
        // matters.
      }
      if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return fail(command + " did not end within " + TIMEOUT_SECONDS + " seconds");
      }
      return new Result(command, process.exitValue(), out.join(), err.join());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return fail(command + " was interrupted");
    }
  }

  /**
   * Runs the program, fails the test unless it exits with 0, and answers its standard output as
   * text.
   */
  public String mustRun(Object... arguments) {
    return run(arguments).mustExit(0).stdout();
  }

  @Override
  public String toString() {
    return name;
  }

  private static boolean required() {
    return Boolean.getBoolean(REQUIRE) || "true".equals(System.getenv(REQUIRE));
  }

  private static Optional<Path> find(String name) {
    for (String directory : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      Path candidate = Path.of(directory.isEmpty() ? "." : directory, name);
      if (Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }

  /** Whatever ends the reading, an error of the VM included, comes out of the future. */
  private static CompletableFuture<byte[]> read(InputStream stream) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (stream) {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        Thread::startVirtualThread);
  }

  /**
   * What a run of a program left behind.
   *
   * @param command the command line
   * @param exitCode its exit code
   * @param stdoutBytes everything it wrote to standard output; the array is not copied
   * @param stderrBytes everything it wrote to standard error; the array is not copied
   */
  public record Result(List<String> command, int exitCode, byte[] stdoutBytes, byte[] stderrBytes) {

    /** Standard output as UTF-8 text. */
    public String stdout() {
      return new String(stdoutBytes, StandardCharsets.UTF_8);
    }

    /** Standard error as UTF-8 text. */
    public String stderr() {
      return new String(stderrBytes, StandardCharsets.UTF_8);
    }

    /** Fails the test unless the program exited with this code, showing what it printed. */
    public Result mustExit(int expected) {
      assertEquals(expected, exitCode, this::toString);
      return this;
    }

    @Override
    public String toString() {
      return String.join(" ", command) + "\nexit code " + exitCode + "\n" + stdout() + stderr();
    }
  }
}
