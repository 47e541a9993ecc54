package dev.platter.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of policy rules: lines of {@code "name": "rule"}, and comments, as YAML has them. */
final class PolicyFile {
  private static final Pattern LINE =
      Pattern.compile("(['\"]?)([A-Za-z0-9_:.-]+)\\1\\s*:\\s*(['\"]?)(.*?)\\3");

  private PolicyFile() {}

  static Map<String, String> read(Path file) throws IOException {
    Map<String, String> rules = new TreeMap<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      String text = line.strip();
      if (text.isEmpty() || text.startsWith("#") || text.equals("---")) {
        continue;
      }
      Matcher matcher = LINE.matcher(text);
      if (!matcher.matches()) {
        throw new IOException(
            file + ", line " + number + ": \"name\": \"rule\" is expected, not " + text);
      }
      rules.put(matcher.group(2), matcher.group(4).strip());
    }
    return rules;
  }
}
