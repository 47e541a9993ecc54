package dev.platter.remote.http;

import dev.platter.storage.Location;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What is asked for, and how: a URL, or the options that QEMU's drivers {@code http} and {@code
 * https} have.
 *
 * @param readAhead how many bytes at most are asked for ahead of a reader who goes through in order
 * @param timeout how long a server may take to accept, to answer, and between two pieces of answers
 * @param trust whether certificates are checked
 * @param cookie sent with each request to the server named
 */
record HttpAddress(
    URI uri, long readAhead, Duration timeout, Trust trust, Optional<String> cookie) {
  /** What makes a server's certificate good enough. */
  enum Trust {
    CHECKED,
    ANY
  }

  private static final long READ_AHEAD = 24L << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** One day: more is a slip. */
  private static final long MOST_SECONDS = 86_400;

  /**
   * Understands a location.
   *
   * @throws HttpException without anything secret in its message
   */
  static HttpAddress of(Location location) throws HttpException {
    if (location.options().isEmpty()) {
      return new HttpAddress(
          uri(location.scheme(), location.toString()),
          READ_AHEAD,
          TIMEOUT,
          Trust.CHECKED,
          Optional.empty());
    }
    String url = null;
    long readAhead = READ_AHEAD;
    Duration timeout = TIMEOUT;
    Trust trust = Trust.CHECKED;
    Optional<String> cookie = Optional.empty();
    for (Map.Entry<String, String> option : location.options().entrySet()) {
      String value = option.getValue();
      switch (option.getKey()) {
        case "url", "filename" -> url = value;
        case "readahead" -> readAhead = number("readahead", value, Long.MAX_VALUE);
        case "timeout" -> timeout = Duration.ofSeconds(number("timeout", value, MOST_SECONDS));
        case "sslverify" -> trust = isOn("sslverify", value) ? Trust.CHECKED : Trust.ANY;
        case "cookie" -> cookie = Optional.of(value);
        default ->
            throw new HttpException("Block option '" + option.getKey() + "' is not supported");
      }
    }
    if (url == null) {
      throw new HttpException(location.scheme() + " block driver requires a 'url'");
    }
    if (timeout.isZero()) {
      throw new HttpException("timeout is a number of seconds, at least 1");
    }
    if (cookie.filter(text -> text.chars().anyMatch(c -> c < ' ' || c > '~')).isPresent()) {
      throw new HttpException("cookie: a character that a header cannot have");
    }
    return new HttpAddress(uri(location.scheme(), url), readAhead, timeout, trust, cookie);
  }

  private static URI uri(String scheme, String text) throws HttpException {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new HttpException("not a URL: " + e.getReason() + " at " + e.getIndex());
    }
    if (!scheme.equals(schemeOf(uri)) || uri.getHost() == null) {
      throw new HttpException("expected " + scheme + "://HOST[:PORT]/PATH");
    }
    if (uri.getRawUserInfo() != null) {
      throw new HttpException(
          "a URL must not have a name or password in it: they belong into ~/.netrc");
    }
    return uri;
  }

  static String schemeOf(URI uri) {
    return String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
  }

  private static long number(String key, String value, long most) throws HttpException {
    if (value.matches("[0-9]{1,18}") && Long.parseLong(value) <= most) {
      return Long.parseLong(value);
    }
    throw new HttpException(key + ": not a number that it can be: '" + value + "'");
  }

  private static boolean isOn(String key, String value) throws HttpException {
    if (value.equals("on") || value.equals("off")) {
      return value.equals("on");
    }
    throw new HttpException("Parameter '" + key + "' expects 'on' or 'off'");
  }
}
