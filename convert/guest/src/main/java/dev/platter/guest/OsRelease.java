package dev.platter.guest;

import dev.platter.guest.files.Text;
import java.util.HashMap;
import java.util.Map;

/** The file os-release(5): variables of a shell, of which the quotes are taken away. */
final class OsRelease {
  private OsRelease() {}

  static Map<String, String> parse(String text) {
    Map<String, String> values = new HashMap<>();
    for (String line : text.split("\n", -1)) {
      int equals = line.indexOf('=');
      if (equals > 0 && !line.startsWith("#")) {
        values.put(line.substring(0, equals).strip(), value(line.substring(equals + 1).strip()));
      }
    }
    return values;
  }

  private static String value(String written) {
    boolean quoted =
        written.length() >= 2
            && (written.charAt(0) == '"' || written.charAt(0) == '\'')
            && written.charAt(written.length() - 1) == written.charAt(0);
    if (!quoted) {
      return Text.clean(written);
    }
    StringBuilder value = new StringBuilder();
    boolean escapes = written.charAt(0) == '"';
    for (int i = 1; i < written.length() - 1; i++) {
      if (escapes && written.charAt(i) == '\\' && i + 1 < written.length() - 1) {
        i++;
      }
      value.append(written.charAt(i));
    }
    return Text.clean(value.toString());
  }
}
