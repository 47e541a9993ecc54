package dev.platter.cli.line;

import dev.platter.storage.FileNames;
import dev.platter.storage.FileStorage;
import dev.platter.storage.HandedFiles;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The words of the command line, without the loss of a byte. */
public final class CommandLine {
  private static final Path WORDS = Path.of("/proc/self/cmdline");

  /** Where a process in a sandbox finds them. */
  public static final String HANDED = "words";

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
          byte[] words =
              HandedFiles.isConfined() ? HandedFiles.read(HANDED) : Files.readAllBytes(WORDS);
          return last(args.length, words);
        } catch (IOException e) {
          throw new Failure("'" + arg + "' is not UTF-8, and " + WORDS + " cannot be read");
        }
      }
    }
    return args;
  }

  /** Notes words for a process in a sandbox, which cannot read {@link #WORDS}. */
  public static void handOver(List<String> words, FileStorage file) throws IOException {
    long at = 0;
    for (String word : words) {
      byte[] bytes = FileNames.bytes(word + "\0");
      file.write(at, MemorySegment.ofArray(bytes));
      at += bytes.length;
    }
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
