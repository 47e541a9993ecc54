package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.cli.line.Profile;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** One run of the program inside the test. */
public record Run(int exitCode, String out, String err) {
  public static Run qemuImg(Object... args) {
    return as(Profile.QEMU_IMG, args);
  }

  public static Run platter(Object... args) {
    return as(Profile.PLATTER, args);
  }

  private static Run as(Profile profile, Object... args) {
    String[] words = new String[args.length];
    for (int i = 0; i < args.length; i++) {
      words[i] = args[i].toString();
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int exitCode =
        Main.run(
            profile,
            words,
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, false, StandardCharsets.UTF_8));
    return new Run(
        exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /** Fails unless the run exited with 0 and said nothing on standard error; answers its output. */
  public String mustWork() {
    assertEquals("", err);
    assertEquals(0, exitCode, out);
    return out;
  }
}
