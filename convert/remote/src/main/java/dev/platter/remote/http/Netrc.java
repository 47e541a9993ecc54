package dev.platter.remote.http;

import java.util.Optional;
import java.util.StringTokenizer;

/** Names and passwords by machine, as ftp(1) describes the file {@code ~/.netrc}. */
final class Netrc {
  private Netrc() {}

  /**
   * What is said of a machine, else what {@code default} says.
   *
   * @return {@code NAME:PASSWORD}
   */
  static Optional<String> credentials(String text, String host) {
    StringTokenizer words = new StringTokenizer(withoutMacros(text));
    boolean applies = false;
    String login = null;
    String password = null;
    while (words.hasMoreTokens()) {
      String word = words.nextToken();
      if (word.equals("machine") || word.equals("default")) {
        if (applies && login != null) {
          break;
        }
        applies =
            word.equals("default")
                || words.hasMoreTokens() && words.nextToken().equalsIgnoreCase(host);
        login = null;
        password = null;
      } else if (words.hasMoreTokens() && applies && word.equals("login")) {
        login = words.nextToken();
      } else if (words.hasMoreTokens() && applies && word.equals("password")) {
        password = words.nextToken();
      } else if (words.hasMoreTokens()) {
        words.nextToken(); // a value, of another machine or of no meaning here
      }
    }
    return applies && login != null
        ? Optional.of(login + ":" + (password == null ? "" : password))
        : Optional.empty();
  }

  /** A macro reaches up to the next empty line; a comment to the end of its line. */
  private static String withoutMacros(String text) {
    StringBuilder kept = new StringBuilder();
    boolean macro = false;
    for (String line : text.lines().toList()) {
      macro = !line.isBlank() && (macro || line.strip().startsWith("macdef"));
      if (!macro && !line.strip().startsWith("#")) {
        kept.append(line).append('\n');
      }
    }
    return kept.toString();
  }
}
