package dev.platter.remote.http;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Which URLs are asked for by way of a proxy, as curl reads {@code http_proxy}, {@code
 * https_proxy}, {@code all_proxy} and {@code no_proxy}, and what tells the proxy who asks.
 */
final class Proxies {
  /** As of curl. */
  private static final int DEFAULT_PORT = 1080;

  private final Way plain;
  private final Way encrypted;
  private final String excepted;
  private final Optional<String> login;

  /** One proxy, or none, and the login that is in its URL. */
  private record Way(Optional<InetSocketAddress> proxy, Optional<String> login) {
    static final Way DIRECT = new Way(Optional.empty(), Optional.empty());
  }

  private Proxies(Way plain, Way encrypted, String excepted, Optional<String> login) {
    this.plain = plain;
    this.encrypted = encrypted;
    this.excepted = excepted;
    this.login = login;
  }

  /**
   * Understands the variables.
   *
   * @param variables their values, without those that are blank
   * @param login counts instead of one in a proxy's URL; the value of a header
   */
  static Proxies of(Function<String, Optional<String>> variables, Optional<String> login)
      throws HttpException {
    return new Proxies(
        way("http_proxy", variables),
        way("https_proxy", variables),
        variables.apply("no_proxy").or(() -> variables.apply("NO_PROXY")).orElse(""),
        login);
  }

  private static Way way(String name, Function<String, Optional<String>> variables)
      throws HttpException {
    // HTTP_PROXY in capitals may come from a header of a web server that started us.
    Optional<String> text = variables.apply(name);
    if (text.isEmpty() && !name.equals("http_proxy")) {
      text = variables.apply(name.toUpperCase(Locale.ROOT));
    }
    text = text.or(() -> variables.apply("all_proxy")).or(() -> variables.apply("ALL_PROXY"));
    if (text.isEmpty()) {
      return Way.DIRECT;
    }
    String url = text.get().contains("://") ? text.get() : "http://" + text.get();
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      // Not its cause: that shows the URL, which may have a password in it.
      throw new HttpException(name + ": not the URL of a proxy");
    }
    if (uri.getHost() == null || !HttpAddress.schemeOf(uri).equals("http")) {
      throw new HttpException(name + ": expected http://HOST:PORT");
    }
    int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
    InetSocketAddress address = InetSocketAddress.createUnresolved(uri.getHost(), port);
    return new Way(Optional.of(address), login(name, uri.getRawUserInfo()));
  }

  private static Optional<String> login(String name, String userInfo) throws HttpException {
    if (userInfo == null) {
      return Optional.empty();
    }
    try {
      String pair = userInfo.contains(":") ? userInfo : userInfo + ":";
      // What is no form keeps its plus.
      String decoded = URLDecoder.decode(pair.replace("+", "%2B"), StandardCharsets.UTF_8);
      byte[] bytes = decoded.getBytes(StandardCharsets.UTF_8);
      return Optional.of("Basic " + Base64.getEncoder().encodeToString(bytes));
    } catch (IllegalArgumentException e) {
      throw new HttpException(name + ": not the URL of a proxy");
    }
  }

  /** The proxy that passes requests on, its name as it was given; empty: there is none. */
  Optional<InetSocketAddress> proxy(URI uri) {
    return way(uri).proxy();
  }

  /** The value of the header Proxy-Authorization; empty where there is no proxy, or no login. */
  Optional<String> authorization(URI uri) {
    Way way = way(uri);
    return way == Way.DIRECT ? Optional.empty() : login.or(way::login);
  }

  private Way way(URI uri) {
    if (isDirect(uri.getHost())) {
      return Way.DIRECT;
    }
    return HttpAddress.schemeOf(uri).equals("https") ? encrypted : plain;
  }

  private boolean isDirect(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    for (String each : excepted.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
      String suffix = each.startsWith(".") ? each.substring(1) : each;
      if (each.equals("*")
          || !suffix.isEmpty() && (name.equals(suffix) || name.endsWith("." + suffix))) {
        return true;
      }
    }
    return false;
  }
}
