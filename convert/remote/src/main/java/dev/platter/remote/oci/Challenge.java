package dev.platter.remote.oci;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a server wants to be convinced (RFC 9110, section 11.6.1).
 *
 * @param scheme in lower case
 * @param parameters by their names in lower case
 */
record Challenge(String scheme, Map<String, String> parameters) {
  private static final int LONGEST = 8192;
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]++";
  private static final Pattern PARAMETER =
      Pattern.compile(
          "\\s*+(?<name>"
              + TOKEN
              + ")\\s*+=\\s*+(?:\"(?<quoted>(?:[^\"\\\\]|\\\\.)*+)\"|(?<plain>"
              + TOKEN
              + "))\\s*+,?+");
  private static final Pattern SCHEME = Pattern.compile("\\s*+,?+\\s*+(?<name>" + TOKEN + ")\\s*+");

  /** The challenges of a header that may come several times; what cannot be read ends one. */
  static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    for (String header : headers) {
      if (header.length() > LONGEST) {
        continue;
      }
      Matcher scheme = SCHEME.matcher(header);
      Matcher parameter = PARAMETER.matcher(header);
      for (int at = 0; at < header.length() && scheme.region(at, header.length()).lookingAt(); ) {
        Map<String, String> parameters = new LinkedHashMap<>();
        at = scheme.end();
        while (parameter.region(at, header.length()).lookingAt()) {
          String quoted = parameter.group("quoted");
          parameters.putIfAbsent(
              parameter.group("name").toLowerCase(Locale.ROOT),
              quoted == null ? parameter.group("plain") : quoted.replaceAll("\\\\(.)", "$1"));
          at = parameter.end();
        }
        challenges.add(
            new Challenge(scheme.group("name").toLowerCase(Locale.ROOT), Map.copyOf(parameters)));
      }
    }
    return challenges;
  }
}
