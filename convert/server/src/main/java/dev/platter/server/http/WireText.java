package dev.platter.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Text as it comes over the wire: UTF-8 without errors, and without what not every database keeps
 * (U+0000) or no text may hold (halves of surrogate pairs).
 */
final class WireText {
  private WireText() {}

  /**
   * @throws ApiException (400) if the bytes are not UTF-8
   */
  static String decode(byte[] bytes, String what) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw ApiException.badRequest(what + " is not UTF-8");
    }
  }

  /** Decodes percent-encoded text, in which a plus sign is a plus sign. */
  static String percentDecode(String text, String what) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '%') {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
        continue;
      }
      boolean whole = i + 2 < text.length();
      int high = whole ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = whole ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw ApiException.badRequest(what + " cannot be decoded");
      }
      bytes.write(high << 4 | low);
      i += 2;
    }
    return check(decode(bytes.toByteArray(), what), what);
  }

  /**
   * @throws ApiException (400) if the text holds U+0000 or half of a surrogate pair
   */
  static String check(String text, String what) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw ApiException.badRequest(what + " holds the character U+0000");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw ApiException.badRequest(what + " holds half of a surrogate pair");
        }
        i++;
      }
    }
    return text;
  }
}
