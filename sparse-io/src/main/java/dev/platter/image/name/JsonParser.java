package dev.platter.image.name;

import dev.platter.image.IllegalOptionException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads the JSON of a {@code json:{...}} file name into Maps, Lists, Strings, Longs, Booleans and
 * {@link #NULL}. Small and strict; as in qemu, strings may also stand in single quotes.
 */
public final class JsonParser {
  /** The value {@code null}. */
  public static final Object NULL = new Object();

  private static final int MAX_DEPTH = 64;

  private final String text;
  private int at;

  private JsonParser(String text) {
    this.text = text;
  }

  /**
   * Parses one object.
   *
   * @throws IllegalOptionException if the text is anything else, saying where
   */
  public static Map<?, ?> parseObject(String text) throws IllegalOptionException {
    JsonParser parser = new JsonParser(text);
    Object value = parser.value(0);
    parser.skipSpace();
    if (parser.at < text.length()) {
      throw parser.error("expecting the end");
    }
    if (value instanceof Map<?, ?> map) {
      return map;
    }
    throw new IllegalOptionException("JSON parse error, an object is expected");
  }

  private Object value(int depth) throws IllegalOptionException {
    if (depth > MAX_DEPTH) {
      throw error("nested too deeply");
    }
    skipSpace();
    switch (peek()) {
      case '{':
        return object(depth);
      case '[':
        return array(depth);
      case '"', '\'':
        return string();
      default:
        return word();
    }
  }

  private Map<String, Object> object(int depth) throws IllegalOptionException {
    Map<String, Object> map = new LinkedHashMap<>();
    at++;
    skipSpace();
    if (peek() == '}') {
      at++;
      return map;
    }
    while (true) {
      skipSpace();
      if (peek() != '"' && peek() != '\'') {
        throw error("expecting a key");
      }
      String key = string();
      skipSpace();
      expect(':');
      if (map.put(key, value(depth + 1)) != null) {
        throw error("duplicate key '" + key + "'");
      }
      skipSpace();
      if (peek() == '}') {
        at++;
        return map;
      }
      expect(',');
    }
  }

  private List<Object> array(int depth) throws IllegalOptionException {
    List<Object> list = new ArrayList<>();
    at++;
    skipSpace();
    if (peek() == ']') {
      at++;
      return list;
    }
    while (true) {
      list.add(value(depth + 1));
      skipSpace();
      if (peek() == ']') {
        at++;
        return list;
      }
      expect(',');
    }
  }

  private String string() throws IllegalOptionException {
    char quote = text.charAt(at++);
    StringBuilder string = new StringBuilder();
    while (peek() != quote) {
      char c = text.charAt(at++);
      if (c == '\\') {
        c = escaped();
        boolean follows =
            string.length() > 0 && Character.isHighSurrogate(string.charAt(string.length() - 1));
        if (Character.isLowSurrogate(c) && !follows) {
          throw error("invalid escape"); // else it would stand for a byte of a name
        }
      }
      string.append(c);
    }
    at++;
    return string.toString();
  }

  private char escaped() throws IllegalOptionException {
    char c = peek();
    at++;
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int code = 0;
        for (int i = 0; i < 4; i++) {
          int digit = Character.digit(peek(), 16);
          if (digit < 0) {
            throw error("invalid escape");
          }
          code = code << 4 | digit;
          at++;
        }
        yield (char) code;
      }
      case '"', '\'', '\\', '/' -> c;
      default -> throw error("invalid escape");
    };
  }

  private Object word() throws IllegalOptionException {
    int start = at;
    while (at < text.length() && ",:]} \t\r\n".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    switch (word) {
      case "true":
        return Boolean.TRUE;
      case "false":
        return Boolean.FALSE;
      case "null":
        return NULL;
      default:
        try {
          return Long.valueOf(word);
        } catch (NumberFormatException e) {
          at = start;
          throw error("invalid value '" + word + "'");
        }
    }
  }

  private void expect(char c) throws IllegalOptionException {
    if (peek() != c) {
      throw error("expecting '" + c + "'");
    }
    at++;
  }

  private char peek() throws IllegalOptionException {
    if (at >= text.length()) {
      throw error("premature end of input");
    }
    return text.charAt(at);
  }

  private void skipSpace() {
    while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private IllegalOptionException error(String what) {
    return new IllegalOptionException("1:" + (at + 1) + ": JSON parse error, " + what);
  }
}
