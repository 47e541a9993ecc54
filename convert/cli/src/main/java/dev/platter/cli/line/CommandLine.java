package dev.platter.cli.line;

import dev.platter.storage.FileNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The words of the command line, without the loss of a byte. */
public final class CommandLine {
  private static final Path WORDS = Path.of("/proc/self/cmdline");
  private static final char REPLACED = '\uFFFD';

  private CommandLine() {}

  /**
   * The words as they were given. Java puts U+FFFD for what is not in the locale's encoding, and so
   * another file's name for the one that was meant.
   *
   * @param args as Java has them
   * @throws Failure if a word cannot be had as it is
   */
  public static String[] of(String[] args) throws Failure {
    for (String arg : args) {
      if (arg.indexOf(REPLACED) >= 0) {
        try {
          return last(args.length, Files.readAllBytes(WORDS));
        } catch (IOException e) {
          throw new Failure("'" + arg + "' is not UTF-8, and " + WORDS + " cannot be read");
        }
      }
    }
    return args;
  }

  /** The last words of those that each end with a zero byte. */
  public static String[] last(int count, byte[] words) {
    String[] last = new String[count];
    int end = words.length - 1;
    for (int i = count - 1; i >= 0; i--) {
      int start = end;
      while (start > 0 && words[start - 1] != 0) {
        start--;
      }
      last[i] = FileNames.text(java.util.Arrays.copyOfRange(words, start, end));
      end = start - 1;
    }
    return last;
  }
}
