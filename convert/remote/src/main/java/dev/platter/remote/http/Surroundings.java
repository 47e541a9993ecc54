package dev.platter.remote.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the environment says of web servers, as for curl: {@code http_proxy}, {@code https_proxy},
 * {@code all_proxy}, {@code no_proxy}, {@code NETRC} or {@code ~/.netrc}, {@code SSL_CERT_FILE}.
 * And {@code PLATTER_HTTP_TOKEN}, {@code "HOST TOKEN"}: a bearer token for that server alone, as an
 * image may name other servers; it never goes unencrypted but to this machine.
 */
final class Surroundings {
  private static final String TOKEN = "PLATTER_HTTP_TOKEN";
  private static final long MOST = 1 << 20;

  private final Map<String, String> environment;

  private Surroundings(Map<String, String> environment) {
    this.environment = environment;
  }

  static Surroundings of(Map<String, String> environment) {
    return new Surroundings(Map.copyOf(environment));
  }

  /** The bundle of certificates to trust instead of the runtime's. */
  Optional<Path> certificates() {
    return value("SSL_CERT_FILE").map(Path::of);
  }

  /**
   * The credentials for a server.
   *
   * @return the value of the header Authorization
   */
  Optional<String> authorization(URI uri) throws IOException {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    Optional<String> token = value(TOKEN);
    if (token.isPresent()) {
      String[] words = token.get().strip().split("\\s+");
      if (words.length != 2 || !words[1].matches("[!-~]+")) {
        throw new HttpException(TOKEN + ": expected a host, a space and a token");
      }
      if (words[0].equalsIgnoreCase(host)) {
        if (!HttpAddress.schemeOf(uri).equals("https") && !isThisMachine(host)) {
          throw new HttpException(TOKEN + ": a token for " + host + " is not sent unencrypted");
        }
        return Optional.of("Bearer " + words[1]);
      }
    }
    Optional<Path> file =
        value("NETRC").map(Path::of).or(() -> value("HOME").map(home -> Path.of(home, ".netrc")));
    if (file.isEmpty() || !Files.isReadable(file.get()) || Files.size(file.get()) > MOST) {
      return Optional.empty();
    }
    return Netrc.credentials(Files.readString(file.get(), StandardCharsets.UTF_8), host)
        .map(pair -> pair.getBytes(StandardCharsets.UTF_8))
        .map(bytes -> "Basic " + Base64.getEncoder().encodeToString(bytes));
  }

  private static boolean isThisMachine(String host) {
    return host.equals("localhost")
        || host.matches("127(\\.[0-9]{1,3}){3}")
        || host.equals("[::1]");
  }

  /** The proxy for a URL. */
  ProxySelector proxies() throws HttpException {
    Proxy plain = proxy("http_proxy");
    Proxy encrypted = proxy("https_proxy");
    return new ProxySelector() {
      @Override
      public List<Proxy> select(URI uri) {
        boolean isDirect = isDirect(uri.getHost());
        return List.of(
            isDirect
                ? Proxy.NO_PROXY
                : HttpAddress.schemeOf(uri).equals("https") ? encrypted : plain);
      }

      @Override
      public void connectFailed(URI uri, SocketAddress address, IOException e) {
        // The request fails, and says so.
      }
    };
  }

  private Proxy proxy(String name) throws HttpException {
    // HTTP_PROXY in capitals may come from a header of a web server that started us.
    Optional<String> text = value(name);
    if (text.isEmpty() && !name.equals("http_proxy")) {
      text = value(name.toUpperCase(Locale.ROOT));
    }
    text = text.or(() -> value("all_proxy")).or(() -> value("ALL_PROXY"));
    if (text.isEmpty()) {
      return Proxy.NO_PROXY;
    }
    String url = text.get().contains("://") ? text.get() : "http://" + text.get();
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new HttpException(name + ": not the URL of a proxy");
    }
    if (uri.getHost() == null || !HttpAddress.schemeOf(uri).equals("http")) {
      throw new HttpException(name + ": expected http://HOST:PORT");
    }
    if (uri.getRawUserInfo() != null) {
      throw new HttpException(name + ": proxies that want a password are not supported");
    }
    int port = uri.getPort() < 0 ? 1080 : uri.getPort(); // curl's default
    return new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved(uri.getHost(), port));
  }

  private boolean isDirect(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    String list = value("no_proxy").or(() -> value("NO_PROXY")).orElse("");
    for (String each : list.toLowerCase(Locale.ROOT).split("[,\\s]+")) {
      String suffix = each.startsWith(".") ? each.substring(1) : each;
      if (each.equals("*")
          || !suffix.isEmpty() && (name.equals(suffix) || name.endsWith("." + suffix))) {
        return true;
      }
    }
    return false;
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }
}
