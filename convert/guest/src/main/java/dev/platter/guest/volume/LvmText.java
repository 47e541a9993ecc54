package dev.platter.guest.volume;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Text;
import dev.platter.image.CorruptImageException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The text in which LVM2 keeps what it knows: {@code name = value} and {@code name { ... }}. Values
 * are texts (numbers too) and lists of them; sections are maps.
 */
final class LvmText {
  private static final int MAX_DEPTH = 8;
  private static final int MAX_VALUES = 1 << 16;

  private final Bytes place;
  private final String text;
  private int at;
  private int values;

  private LvmText(Bytes place, String text) {
    this.place = place;
    this.text = text;
  }

  /**
   * @param place what messages point to
   */
  static Map<String, Object> parse(Bytes place, String text) throws CorruptImageException {
    return new LvmText(place, text).section(0);
  }

  private Map<String, Object> section(int depth) throws CorruptImageException {
    place.require(depth <= MAX_DEPTH, "lvm: sections within sections, more than " + MAX_DEPTH);
    Map<String, Object> all = new LinkedHashMap<>();
    while (true) {
      char next = skipSpace();
      if (next == 0 || next == '}') {
        at++;
        return all;
      }
      String name = word();
      place.require(!name.isEmpty() && ++values <= MAX_VALUES, "lvm: no name at " + at);
      next = skipSpace();
      at++;
      if (next == '{') {
        all.put(name, section(depth + 1));
      } else {
        place.require(next == '=', "lvm: no value for " + Text.clean(name));
        all.put(name, value());
      }
    }
  }

  private Object value() throws CorruptImageException {
    if (skipSpace() != '[') {
      return scalar();
    }
    at++;
    List<Object> list = new ArrayList<>();
    while (skipSpace() != ']') {
      place.require(at < text.length() && ++values <= MAX_VALUES, "lvm: a list without end");
      if (text.charAt(at) == ',') {
        at++;
      } else {
        list.add(scalar());
      }
    }
    at++;
    return list;
  }

  private String scalar() throws CorruptImageException {
    if (skipSpace() != '"') {
      String word = word();
      place.require(!word.isEmpty(), "lvm: no value at " + at);
      return word;
    }
    StringBuilder value = new StringBuilder();
    for (at++; at < text.length() && text.charAt(at) != '"'; at++) {
      if (text.charAt(at) == '\\' && at + 1 < text.length()) {
        at++;
      }
      value.append(text.charAt(at));
    }
    at++;
    return value.toString();
  }

  private String word() {
    int start = at;
    while (at < text.length() && " \t\r\n={}[],#\"\0".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    return text.substring(start, at);
  }

  /** The next character that says something; 0: the end. */
  private char skipSpace() {
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#') {
        int line = text.indexOf('\n', at);
        at = line < 0 ? text.length() : line;
      } else if (c == 0) {
        return 0;
      } else if (Character.isWhitespace(c)) {
        at++;
      } else {
        return c;
      }
    }
    return 0;
  }
}
