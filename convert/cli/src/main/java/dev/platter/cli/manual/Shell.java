package dev.platter.cli.manual;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A shell that completes command lines with a script. */
public enum Shell {
  BASH {
    @Override
    public void print(Vocabulary words, PrintStream out) {
      BashScript.print(words, out);
    }
  },
  ZSH {
    @Override
    public void print(Vocabulary words, PrintStream out) {
      ZshScript.print(words, out);
    }
  },
  FISH {
    @Override
    public void print(Vocabulary words, PrintStream out) {
      FishScript.print(words, out);
    }
  };

  /** What users call them. */
  public static final List<String> NAMES =
      Arrays.stream(values()).map(shell -> shell.name().toLowerCase(Locale.ROOT)).toList();

  /** Prints the script, for the shell to read or for a file in the directory of its scripts. */
  public abstract void print(Vocabulary words, PrintStream out);
}
