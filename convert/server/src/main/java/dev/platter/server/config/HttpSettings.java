package dev.platter.server.config;

import dev.platter.server.tls.ServerTls;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * How callers reach the service.
 *
 * @param host the address that it listens on
 * @param port the port; 0: any free one
 * @param tls how connections are encrypted; nothing: they are not
 * @param origins pages of which other origins may use it
 * @param publicEndpoint where callers find the service, when that is not where it listens
 * @param selfUrl where other nodes and callers reach this node
 * @param silence how long whoever sends a body may send nothing
 * @param drain how long requests that are under way may go on when the service ends
 * @param page whether there is a page at {@code /ui}
 */
public record HttpSettings(
    String host,
    int port,
    Optional<Certificate> tls,
    Optional<OriginSettings> origins,
    Optional<String> publicEndpoint,
    Optional<String> selfUrl,
    Duration silence,
    Duration drain,
    boolean page) {
  private static final String MAIN = "DEFAULT";

  /** The files of the service's certificate and of its key. */
  public record Certificate(Path certificates, Path key) {
    /** What makes connections with them. */
    public ServerTls open() throws IOException {
      return new ServerTls(certificates, key);
    }
  }

  public static HttpSettings read(IniFile ini) {
    return new HttpSettings(
        host(ini),
        port(ini),
        tls(ini),
        OriginSettings.read(ini),
        publicEndpoint(ini),
        ini.text(MAIN, "worker_self_reference_url"),
        Duration.ofSeconds(ini.number(MAIN, "client_socket_timeout", 60)),
        Duration.ofSeconds(ini.count(MAIN, "graceful_shutdown_timeout", 60, 0)),
        ini.flag("ui", "enabled", true));
  }

  /** The address that the service listens on. */
  static String host(IniFile ini) {
    return ini.text(MAIN, "bind_host", "127.0.0.1");
  }

  private static int port(IniFile ini) {
    int port = ini.count(MAIN, "bind_port", 9292, 0);
    if (port > 65_535) {
      throw ini.wrong(MAIN, "bind_port", port + " is no port");
    }
    return port;
  }

  private static Optional<Certificate> tls(IniFile ini) {
    Optional<Path> certificates = ini.file(MAIN, "cert_file");
    Optional<Path> key = ini.file(MAIN, "key_file");
    if (certificates.isPresent() != key.isPresent()) {
      String missing = key.isPresent() ? "cert_file" : "key_file";
      throw ini.wrong(MAIN, missing, "is missing: a certificate and its key go together");
    }
    if (certificates.isEmpty()) {
      return Optional.empty();
    }
    Certificate certificate = new Certificate(certificates.get(), key.get());
    try {
      certificate.open(); // says what is wrong with the files
    } catch (IOException e) {
      throw ini.wrong(MAIN, "cert_file", e);
    }
    return Optional.of(certificate);
  }

  private static Optional<String> publicEndpoint(IniFile ini) {
    Optional<String> url = ini.text(MAIN, "public_endpoint");
    if (url.filter(text -> !text.matches("https?://[!-~&&[^\"<>\\\\]]+")).isPresent()) {
      throw ini.wrong(MAIN, "public_endpoint", "http://... or https://... is expected");
    }
    return url;
  }
}
