package dev.platter.server.migrate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/**
 * What columns of the source hold, which came as text and may be anything: strict readers, which
 * say the column and what is wrong.
 *
 * @param column its name, for messages
 * @param text what it holds; null: nothing
 */
record Value(String column, String text) {

  /** A text, or null, of at most so many characters, which all databases can keep. */
  String optional(int longest) throws BadValueException {
    if (text == null) {
      return null;
    }
    if (text.length() > longest) {
      throw wrong("has more than " + longest + " characters");
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == 0) {
        throw wrong("has the character U+0000 in it");
      }
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw wrong("has half of a character in it");
        }
        i++;
      }
    }
    return text;
  }

  /** A text that must be there. */
  String required(int longest) throws BadValueException {
    String value = optional(longest);
    if (value == null) {
      throw wrong("is missing");
    }
    return value;
  }

  /** A whole number of 64 bits that is not negative, or null. */
  Long count() throws BadValueException {
    if (text == null) {
      return null;
    }
    String digits = text.strip();
    try {
      if (digits.matches("[0-9]{1,19}")) {
        return Long.parseLong(digits);
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw wrong("is no whole number from 0 on: " + shown());
  }

  /** The same, where nothing means 0. */
  long countOrZero() throws BadValueException {
    Long count = count();
    return count == null ? 0 : count;
  }

  boolean flag() throws BadValueException {
    return switch (text == null ? "0" : text.strip().toLowerCase(Locale.ROOT)) {
      case "1", "true", "t" -> true;
      case "0", "false", "f" -> false;
      default -> throw wrong("is neither true nor false: " + shown());
    };
  }

  /** A moment in UTC, or null. */
  Instant moment() throws BadValueException {
    if (text == null) {
      return null;
    }
    String iso = text.strip().replace(' ', 'T');
    try {
      if (iso.matches("[0-9]{4}-[0-9T:.-]{1,40}")) {
        return LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC).truncatedTo(ChronoUnit.MICROS);
      }
    } catch (DateTimeException e) {
      // Said below.
    }
    throw wrong("is no moment: " + shown());
  }

  /** A JSON value; the given one where there is nothing. */
  JsonNode json(int longest, JsonNode otherwise) throws BadValueException {
    String document = optional(longest);
    if (document == null || document.isBlank()) {
      return otherwise;
    }
    try {
      JsonNode value = Json.parseForeign(document);
      return value.isNull() ? otherwise : value;
    } catch (JsonProcessingException e) {
      throw wrong("is no JSON");
    } catch (ApiException e) {
      throw wrong("has a character in it that cannot be kept");
    }
  }

  BadValueException wrong(String what) {
    return new BadValueException(column + " " + what);
  }

  private String shown() {
    String start = text.length() > 40 ? text.substring(0, 40) + "..." : text;
    return "'" + start.replaceAll("\\p{Cntrl}", "?") + "'";
  }
}
