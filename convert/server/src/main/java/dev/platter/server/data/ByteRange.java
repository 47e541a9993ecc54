package dev.platter.server.data;

import dev.platter.server.http.ApiException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of an image, as the Range header names it (RFC 9110, section 14): one range of bytes.
 *
 * @param offset the first byte
 * @param length how many, at least one
 */
record ByteRange(long offset, long length) {
  private static final Pattern RANGE = Pattern.compile("bytes=\\s*(\\d{0,18})-(\\d{0,18})");

  /**
   * @throws ApiException (400) if the header asks for several ranges, (416) if it asks for what
   *     there is not, or is no range
   */
  static ByteRange parse(String header, long size) {
    Matcher matcher = RANGE.matcher(header.strip());
    if (!matcher.matches() || matcher.group(1).isEmpty() && matcher.group(2).isEmpty()) {
      if (header.contains(",")) {
        throw ApiException.badRequest("Several ranges in one request are not supported");
      }
      throw outside(header);
    }
    long first;
    long last = size - 1;
    if (matcher.group(1).isEmpty()) {
      long suffix = Long.parseLong(matcher.group(2));
      first = suffix == 0 ? size : Math.max(0, size - suffix);
    } else {
      first = Long.parseLong(matcher.group(1));
      if (!matcher.group(2).isEmpty()) {
        last = Math.min(last, Long.parseLong(matcher.group(2)));
        if (Long.parseLong(matcher.group(2)) < first) {
          throw outside(header);
        }
      }
    }
    if (first >= size) {
      throw outside(header);
    }
    return new ByteRange(first, last - first + 1);
  }

  private static ApiException outside(String header) {
    return new ApiException(416, "The range " + header + " is not in the image");
  }
}
