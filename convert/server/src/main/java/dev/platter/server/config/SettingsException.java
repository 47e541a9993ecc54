package dev.platter.server.config;

import java.util.List;

/** Settings that cannot be obeyed: all that is wrong with them, each in one line. */
public final class SettingsException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final List<String> problems;

  SettingsException(List<String> problems) {
    super(String.join("\n", problems));
    this.problems = List.copyOf(problems);
  }

  /** What is wrong, each with its file, line and reason where they are known. */
  public List<String> problems() {
    return problems;
  }
}
