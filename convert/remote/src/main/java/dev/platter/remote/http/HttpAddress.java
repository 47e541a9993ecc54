package dev.platter.remote.http;

import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
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
 * @param login sent with each request to the server named
 */
record HttpAddress(URI uri, long readAhead, Patience patience, Trust trust, Login login) {
  /**
   * What tells a server who asks.
   *
   * @param authorization the value of the header Authorization (RFC 7617)
   * @param cookie that of the header Cookie
   * @param proxy what tells a proxy on the way: the value of the header Proxy-Authorization
   */
  record Login(Optional<String> authorization, Optional<String> cookie, Optional<String> proxy) {
    static final Login NONE = new Login(Optional.empty(), Optional.empty(), Optional.empty());

    /** Never shows what is in it. */
    @Override
    public String toString() {
      return "Login";
    }
  }

  /** What makes a server's certificate good enough. */
  enum Trust {
    CHECKED,
    ANY
  }

  private static final long READ_AHEAD = 24L << 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** One day: more is a slip. */
  private static final long MOST_SECONDS = 86_400;

  /** The URL of a location. */
  static URI uri(Location location) throws HttpException {
    Map<String, String> options = location.options();
    String url = options.getOrDefault("url", options.getOrDefault("filename", ""));
    return uri(location.scheme(), options.isEmpty() ? location.toString() : url);
  }

  /**
   * Understands a location.
   *
   * @param secrets those that its options name
   * @throws IOException without anything secret in its message
   */
  static HttpAddress of(Location location, NamedSecrets secrets) throws IOException {
    if (location.options().isEmpty()) {
      return new HttpAddress(
          uri(location.scheme(), location.toString()),
          READ_AHEAD,
          Patience.of(TIMEOUT),
          Trust.CHECKED,
          Login.NONE);
    }
    String url = null;
    long readAhead = READ_AHEAD;
    Duration timeout = TIMEOUT;
    Trust trust = Trust.CHECKED;
    Optional<String> cookie = Optional.empty();
    Optional<String> secretCookie = Optional.empty();
    String name = null;
    String password = null;
    String proxyName = null;
    String proxyPassword = null;
    for (Map.Entry<String, String> option : location.options().entrySet()) {
      String value = option.getValue();
      switch (option.getKey()) {
        case "url", "filename" -> url = value;
        case "readahead" -> readAhead = number("readahead", value, Long.MAX_VALUE);
        case "timeout" -> timeout = Duration.ofSeconds(number("timeout", value, MOST_SECONDS));
        case "sslverify" -> trust = isOn("sslverify", value) ? Trust.CHECKED : Trust.ANY;
        case "cookie" -> cookie = Optional.of(value);
        case "cookie-secret" -> secretCookie = Optional.of(value);
        case "username" -> name = value;
        case "password-secret" -> password = value;
        case "proxy-username" -> proxyName = value;
        case "proxy-password-secret" -> proxyPassword = value;
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
    if (secretCookie.isPresent()) {
      if (cookie.isPresent()) {
        throw new HttpException("cookie and cookie-secret cannot be used together");
      }
      cookie =
          Optional.of(
              new String(secrets.named(secretCookie.get()), StandardCharsets.UTF_8).strip());
    }
    if (cookie.filter(text -> text.chars().anyMatch(c -> c < ' ' || c > '~')).isPresent()) {
      throw new HttpException("cookie: a character that a header cannot have");
    }
    Login login =
        new Login(
            authorization("", name, password, secrets),
            cookie,
            authorization("proxy-", proxyName, proxyPassword, secrets));
    return new HttpAddress(
        uri(location.scheme(), url), readAhead, Patience.of(timeout), trust, login);
  }

  /** Basic authentication, as of curl: without a password it is empty. */
  private static Optional<String> authorization(
      String prefix, String name, String passwordId, NamedSecrets secrets) throws IOException {
    if (name == null && passwordId == null) {
      return Optional.empty();
    }
    if (name == null || name.indexOf(':') >= 0 || name.chars().anyMatch(c -> c < ' ')) {
      throw new HttpException(
          "%spassword-secret requires a %susername, which has no colon".formatted(prefix, prefix));
    }
    ByteArrayOutputStream pair = new ByteArrayOutputStream();
    pair.writeBytes((name + ":").getBytes(StandardCharsets.UTF_8));
    pair.writeBytes(passwordId == null ? new byte[0] : secrets.named(passwordId));
    return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair.toByteArray()));
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
