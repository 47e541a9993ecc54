package dev.platter.cli.text;

import dev.platter.storage.FileNames;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * Standard output or standard error. What is printed in one call stays on one line and does nothing
 * but show: control characters, which names in images and of files may have, are written as {@code
 * \\n} or {@code \\x1b}, and what reorders text as {@code \\u202e}. Bytes of names that are no
 * characters go out as they are.
 */
public final class TextOutput extends PrintStream {
  private static final int DELETE = 0x7f;
  private static final int LAST_CONTROL = 0x9f;

  private static final String HIDDEN = "***";

  /** Made where a key may be there, which costs each start else. */
  private static final class Keys {
    /**
     * A key in the name of a disk elsewhere, such as {@code rbd:pool/image:key=...}; in a URL a
     * password, or the signature that opens it to whoever has it.
     */
    static final Pattern KEY =
        Pattern.compile(
            "(?<=[:?&,]key=)(?:[^:&,\\\\'\"\\s]++|\\\\.)++"
                + "|(?<=[?&](sig|Signature|X-Amz-Signature|X-Amz-Security-Token|token)=)"
                + "[^&'\"\\s]+"
                + "|(?<=://)[^/@'\"\\s]+(?=@)"
                + "|(?<=[\"., ]cookie(\":\\s{0,9}\"|=))[^\",]+");
  }

  private boolean hidesKeys;

  public TextOutput(OutputStream out) {
    super(out, false, StandardCharsets.UTF_8);
  }

  /** The same stream, if it is one already. */
  public static TextOutput of(PrintStream out) {
    return out instanceof TextOutput text ? text : new TextOutput(out);
  }

  /** Whether one of the words may hold a key that {@link #hideKeys} hides. */
  public static boolean mayHoldKey(String[] words) {
    for (String word : words) {
      if (word.contains("key=") || word.contains("://") || word.contains("cookie")) {
        return true;
      }
    }
    return false;
  }

  /** Shows no more keys of names from now on. */
  public void hideKeys() {
    hidesKeys = true;
  }

  @Override
  public void print(String given) {
    String text = hidesKeys && given != null ? Keys.KEY.matcher(given).replaceAll(HIDDEN) : given;
    if (isPlain(text)) {
      super.print(text);
      return;
    }
    byte[] bytes = FileNames.bytes(shown(text));
    write(bytes, 0, bytes.length);
  }

  @Override
  public void print(Object object) {
    print(String.valueOf(object));
  }

  private static boolean isPlain(String text) {
    if (text == null) {
      return true;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= DELETE) {
        return false;
      }
    }
    return true;
  }

  private static String shown(String text) {
    StringBuilder shown = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        if (i + 1 < text.length() && Character.isSurrogatePair(c, text.charAt(i + 1))) {
          shown.append(c).append(text.charAt(++i));
          continue;
        }
        if (!FileNames.isOddByte(c)) {
          append('u', c, 4, shown);
          continue;
        }
        // To terminals that know no UTF-8 the bytes 0x80 to 0x9f are control characters, too.
        if ((c & 0xff) <= LAST_CONTROL) {
          append('x', c & 0xff, 2, shown);
          continue;
        }
        shown.append(c);
      } else if (c == '\n') {
        shown.append("\\n");
      } else if (c == '\r') {
        shown.append("\\r");
      } else if (c == '\t') {
        shown.append("\\t");
      } else if (c < ' ' || (c >= DELETE && c <= LAST_CONTROL)) {
        append('x', c, 2, shown);
      } else if (reorders(c)) {
        append('u', c, 4, shown);
      } else {
        shown.append(c);
      }
    }
    return shown.toString();
  }

  /** Whether a character ends a line or turns the direction of what follows (UAX 9). */
  private static boolean reorders(char c) {
    return c == '\u061c'
        || c == '\u200e'
        || c == '\u200f'
        || (c >= '\u2028' && c <= '\u202e')
        || (c >= '\u2066' && c <= '\u2069');
  }

  private static void append(char kind, int value, int digits, StringBuilder text) {
    text.append('\\').append(kind);
    for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
      text.append(Character.forDigit(value >> shift & 0xf, 16));
    }
  }
}
