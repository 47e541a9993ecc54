package dev.platter.cli.text;

import java.io.PrintStream;
import java.util.List;
import java.util.Map;

/** Writes JSON in qemu-img's layout: four spaces a level, one member a line, empty ones on two. */
public final class JsonText {
  private final StringBuilder text = new StringBuilder();

  private JsonText() {}

  /** The text of a value: a Map with String keys, a List, a String, a Boolean or a whole number. */
  public static String of(Object value) {
    JsonText json = new JsonText();
    json.add(value, 0);
    return json.text.toString();
  }

  /** Prints the text of a value, its lines as lines. */
  public static void print(Object value, PrintStream out) {
    String text = of(value);
    int from = 0;
    for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      out.println(text.substring(from, end));
      from = end + 1;
    }
    out.println(text.substring(from));
  }

  private void add(Object value, int depth) {
    if (value instanceof Map<?, ?> map) {
      text.append('{');
      boolean first = true;
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        nextLine(first, depth + 1);
        first = false;
        quote(entry.getKey().toString(), text);
        text.append(": ");
        add(entry.getValue(), depth + 1);
      }
      nextLine(true, depth);
      text.append('}');
    } else if (value instanceof List<?> list) {
      text.append('[');
      boolean first = true;
      for (Object element : list) {
        nextLine(first, depth + 1);
        first = false;
        add(element, depth + 1);
      }
      nextLine(true, depth);
      text.append(']');
    } else if (value instanceof String string) {
      quote(string, text);
    } else {
      text.append(value);
    }
  }

  private void nextLine(boolean first, int depth) {
    text.append(first ? "\n" : ",\n");
    for (int i = 0; i < depth; i++) {
      text.append("    ");
    }
  }

  /**
   * Appends a string in quotes; everything but printable ASCII is escaped, and what is no character
   * becomes U+FFFD, as strict readers take nothing else.
   */
  static void quote(String string, StringBuilder text) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\b' -> text.append("\\b");
        case '\f' -> text.append("\\f");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> {
          if (c >= 0x20 && c < 0x7f) {
            text.append(c);
          } else if (!Character.isSurrogate(c)) {
            escape(c, text);
          } else if (i + 1 < string.length()
              && Character.isSurrogatePair(c, string.charAt(i + 1))) {
            escape(c, text);
            escape(string.charAt(++i), text);
          } else {
            escape('\uFFFD', text);
          }
        }
      }
    }
    text.append('"');
  }

  private static void escape(char c, StringBuilder text) {
    text.append("\\u");
    for (int shift = 12; shift >= 0; shift -= 4) {
      text.append("0123456789ABCDEF".charAt(c >> shift & 0xf));
    }
  }
}
