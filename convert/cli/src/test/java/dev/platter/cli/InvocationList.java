package dev.platter.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The list of command lines that are run by qemu-img and by us: what {@code invocations.txt} says.
 * Its own first lines tell how it is written.
 */
final class InvocationList {
  private static final String RESOURCE = "/invocations.txt";
  private static final Pattern ALTERNATIVES = Pattern.compile("<([^<>]*\\|[^<>]*)>");

  /**
   * What is told in another way by some versions of qemu-img, and is taken out of both answers.
   *
   * @param until the first version that tells it as we do
   */
  record Normal(int until, Pattern pattern, String replacement) {}

  /**
   * One line to be run.
   *
   * @param commands one or more command lines, run in turn
   * @param sameBytes whether files must agree byte by byte
   * @param differences which known differences it shows, by name
   */
  record Line(
      String text, List<List<String>> commands, boolean sameBytes, List<String> differences) {}

  /** A known difference, of all versions before one, from one on, or of all. */
  record Difference(String name, int from, int until, String reason) {
    boolean applies(int version) {
      return version >= from && version < until;
    }
  }

  final List<List<String>> made = new ArrayList<>();
  final Map<String, List<String>> together = new HashMap<>();
  final List<Normal> normals = new ArrayList<>();
  final Map<String, Difference> differences = new HashMap<>();
  final List<Line> lines = new ArrayList<>();

  static InvocationList read() throws IOException {
    InvocationList list = new InvocationList();
    String text;
    try (InputStream in = InvocationList.class.getResourceAsStream(RESOURCE)) {
      text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    for (String line : text.split("\n", -1)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        list.take(line);
      }
    }
    return list;
  }

  private void take(String line) {
    int space = line.indexOf(' ');
    String word = space < 0 ? line : line.substring(0, space);
    String rest = space < 0 ? "" : line.substring(space + 1);
    switch (word) {
      case "make" -> made.add(words(rest));
      case "together" -> {
        List<String> files = words(rest);
        together.put(files.getFirst(), files.subList(1, files.size()));
      }
      case "normal" -> {
        String[] parts = rest.split(" \\| ", -1);
        normals.add(
            new Normal(until(parts[0]), Pattern.compile(parts[1]), parts[2].replace("\\n", "\n")));
      }
      case "difference" -> {
        String[] parts = rest.split(" ", 3);
        boolean isOld = parts[1].startsWith("<");
        boolean isNew = parts[1].startsWith(">=");
        differences.put(
            parts[0],
            new Difference(
                parts[0],
                isNew ? version(parts[1].substring(2)) : 0,
                isOld ? until(parts[1]) : Integer.MAX_VALUE,
                parts[2]));
      }
      case "run", "run=" -> expand(rest, word.endsWith("="));
      default -> throw new IllegalArgumentException(line);
    }
  }

  private void expand(String line, boolean sameBytes) {
    Matcher matcher = ALTERNATIVES.matcher(line);
    if (matcher.find()) {
      for (String each : matcher.group(1).split("\\|", -1)) {
        expand(
            line.substring(0, matcher.start()) + each + line.substring(matcher.end()), sameBytes);
      }
      return;
    }
    List<List<String>> commands = new ArrayList<>();
    List<String> known = new ArrayList<>();
    List<String> command = new ArrayList<>();
    for (String word : words(line)) {
      if (word.equals(";")) {
        commands.add(command);
        command = new ArrayList<>();
      } else if (word.startsWith("!") && word.length() > 1) {
        known.add(word.substring(1));
      } else {
        command.add(word);
      }
    }
    commands.add(command);
    lines.add(new Line(line, commands, sameBytes, known));
  }

  private static int until(String text) {
    return version(text.substring(1));
  }

  /** Major and minor version as one number. */
  static int version(String text) {
    String[] parts = text.split("\\.", -1);
    return Integer.parseInt(parts[0]) * 1000 + Integer.parseInt(parts[1]);
  }

  /** Words as a shell takes them apart, as far as quotes go. */
  static List<String> words(String line) {
    List<String> words = new ArrayList<>();
    StringBuilder word = null;
    char quote = 0;
    for (char c : line.toCharArray()) {
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == ' ') {
        if (word != null) {
          words.add(word.toString());
        }
        word = null;
      } else {
        word = word == null ? new StringBuilder() : word;
        if (c == '"' || c == '\'') {
          quote = c;
        } else {
          word.append(c);
        }
      }
    }
    if (word != null) {
      words.add(word.toString());
    }
    return words;
  }
}
