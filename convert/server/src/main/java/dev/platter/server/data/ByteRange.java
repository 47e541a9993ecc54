package dev.platter.server.data;

import dev.platter.server.http.ApiException;
import java.util.Optional;
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
   * @return the range; nothing when the header asks for several or for other units, which may be
   *     answered with everything
   */
  static Optional<ByteRange> parse(String header, long size) {
    Matcher matcher = RANGE.matcher(header.strip());
    if (!matcher.matches() || matcher.group(1).isEmpty() && matcher.group(2).isEmpty()) {
      return Optional.empty();
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
          return Optional.empty();
        }
      }
    }
    if (first >= size) {
      throw new ApiException(416, "The range " + header + " is outside of the image");
    }
    return Optional.of(new ByteRange(first, last - first + 1));
  }
}
