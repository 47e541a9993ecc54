package dev.platter.benchmarks.race;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One run of one contender; a line of the file of results.
 *
 * @param session which call of the race it belongs to: when that began
 * @param row the row's name
 * @param round counts the row's rounds from 1
 * @param tool the contender's name
 * @param wall seconds from start to end
 * @param cpu seconds of processor time, user and system, of the process and its children
 * @param rss the largest resident set of a process among them, in KiB
 * @param bytes the length of the file that it made; 0 without one
 * @param state "ok", or what went wrong
 */
record Sample(
    String session,
    String row,
    int round,
    String tool,
    double wall,
    double cpu,
    long rss,
    long bytes,
    String state) {
  static final String OK = "ok";
  static final String TIMEOUT = "ended by timeout";

  private static final Pattern FIELD = Pattern.compile("\"(\\w+)\":(?:\"([^\"]*)\"|([-0-9.E]+))");

  boolean isOk() {
    return state.equals(OK);
  }

  /** The same run, whose output turned out to be wrong. */
  Sample failed(String why) {
    return new Sample(session, row, round, tool, wall, cpu, rss, bytes, why);
  }

  /** A JSON object on one line. */
  String toJson() {
    return "{\"session\":%s,\"row\":%s,\"round\":%d,\"tool\":%s,\"wall\":%s,\"cpu\":%s,\"rss\":%d,\"bytes\":%d,\"state\":%s}"
        .formatted(
            quote(session), quote(row), round, quote(tool), wall, cpu, rss, bytes, quote(state));
  }

  /** Reads {@link #toJson} back. */
  static Sample parse(String line) {
    Map<String, String> fields = new LinkedHashMap<>();
    Matcher matcher = FIELD.matcher(line);
    while (matcher.find()) {
      fields.put(matcher.group(1), matcher.group(2) != null ? matcher.group(2) : matcher.group(3));
    }
    try {
      return new Sample(
          fields.get("session"),
          fields.get("row"),
          Integer.parseInt(fields.get("round")),
          fields.get("tool"),
          Double.parseDouble(fields.get("wall")),
          Double.parseDouble(fields.get("cpu")),
          Long.parseLong(fields.get("rss")),
          Long.parseLong(fields.get("bytes")),
          fields.get("state"));
    } catch (NullPointerException | NumberFormatException e) {
      throw new IllegalArgumentException("not a result of the race: " + line, e);
    }
  }

  private static String quote(String text) {
    return '"' + text.replace('"', '\'').replaceAll("\\p{Cntrl}", " ") + '"';
  }
}
