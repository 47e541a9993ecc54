package dev.platter.remote.http;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
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

  /**
   * The proxies for URLs.
   *
   * @param login the value of the header Proxy-Authorization, where that is given otherwise
   */
  Proxies proxies(Optional<String> login) throws HttpException {
    return Proxies.of(this::value, login);
  }

  private Optional<String> value(String name) {
    return Optional.ofNullable(environment.get(name)).filter(text -> !text.isBlank());
  }
}
