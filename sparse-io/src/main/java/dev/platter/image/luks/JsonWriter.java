package dev.platter.image.luks;

import dev.platter.image.name.JsonParser;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Writes the JSON of a header, without a space, as {@link JsonParser} reads it. */
final class JsonWriter {
  private final StringBuilder text = new StringBuilder();

  private JsonWriter() {}

  /** The text of an object. */
  static String text(Map<?, ?> object) {
    JsonWriter writer = new JsonWriter();
    writer.put(object);
    return writer.text.toString();
  }

  private void put(Object value) {
    switch (value) {
      case Map<?, ?> map -> {
        String before = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          text.append(before);
          putText(entry.getKey().toString());
          text.append(':');
          put(entry.getValue());
          before = ",";
        }
        text.append(map.isEmpty() ? "{}" : "}");
      }
      case List<?> list -> {
        String before = "[";
        for (Object element : list) {
          text.append(before);
          put(element);
          before = ",";
        }
        text.append(list.isEmpty() ? "[]" : "]");
      }
      case String string -> putText(string);
      case Number number -> text.append(number.longValue());
      case Boolean yes -> text.append(yes);
      default -> text.append("null");
    }
  }

  private void putText(String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ') {
        text.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
