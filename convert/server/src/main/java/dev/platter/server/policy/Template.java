package dev.platter.server.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A text with values of the target in it, as {@code %(project_id)s}.
 *
 * @param pieces texts and names of values in turns, beginning with a text
 */
record Template(List<String> pieces) {
  private static final String OPEN = "%(";
  private static final String CLOSE = ")s";

  /**
   * @throws IllegalArgumentException if a percent sign is followed by anything else
   */
  static Template parse(String text) {
    List<String> pieces = new ArrayList<>();
    StringBuilder plain = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith("%%", at)) {
        plain.append('%');
        at += 2;
      } else if (text.startsWith(OPEN, at) && text.indexOf(CLOSE, at) > at + OPEN.length()) {
        int end = text.indexOf(CLOSE, at);
        String name = text.substring(at + OPEN.length(), end);
        if (name.matches(".*[()%].*")) {
          throw new IllegalArgumentException("\"" + text + "\" is not understood");
        }
        pieces.add(plain.toString());
        pieces.add(name);
        plain.setLength(0);
        at = end + CLOSE.length();
      } else if ("%()".indexOf(text.charAt(at)) >= 0) {
        throw new IllegalArgumentException("\"" + text + "\" is not understood: %(name)s is");
      } else {
        plain.append(text.charAt(at++));
      }
    }
    pieces.add(plain.toString());
    return new Template(List.copyOf(pieces));
  }

  /** The text with the target's values; nothing when the target has not all of them. */
  Optional<String> fill(Target target) {
    StringBuilder filled = new StringBuilder();
    for (int i = 0; i < pieces.size(); i++) {
      if (i % 2 == 0) {
        filled.append(pieces.get(i));
      } else {
        Optional<String> value = target.value(pieces.get(i));
        if (value.isEmpty()) {
          return Optional.empty();
        }
        filled.append(value.get());
      }
    }
    return Optional.of(filled.toString());
  }
}
