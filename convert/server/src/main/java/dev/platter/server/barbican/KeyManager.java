package dev.platter.server.barbican;

import dev.platter.server.config.IniFile;
import dev.platter.server.keystone.KeystoneException;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * What the settings say of Barbican, by the names of castellan.
 *
 * @param endpoint where it is; nothing: Keystone's catalogue tells the caller
 * @param keystone where that is asked for, version 3
 * @param version of its interface
 * @param visibility public, internal or admin: which endpoint of the catalogue
 * @param region of that; nothing: the first
 * @param tls whose certificates are believed
 * @param timeout how long it may be silent
 */
public record KeyManager(
    Optional<URI> endpoint,
    Optional<URI> keystone,
    String version,
    String visibility,
    Optional<String> region,
    SSLContext tls,
    Duration timeout) {
  private static final String MANAGER = "key_manager";
  private static final String BARBICAN = "barbican";
  private static final Set<String> NAMES =
      Set.of(
          "barbican",
          "castellan.key_manager.barbican_key_manager.BarbicanKeyManager",
          "castellan.key_manager.barbican_key_manager");

  /** What they say; nothing where there is no key manager. */
  public static Optional<KeyManager> read(IniFile ini) {
    Optional<String> backend = ini.text(MANAGER, "backend");
    Optional<String> endpoint = ini.text(BARBICAN, "barbican_endpoint");
    Optional<String> keystone = ini.text(BARBICAN, "auth_endpoint");
    if (backend.isEmpty() && endpoint.isEmpty() && keystone.isEmpty()) {
      return Optional.empty();
    }
    if (backend.isPresent() && !NAMES.contains(backend.get())) {
      throw ini.wrong(MANAGER, "backend", "barbican is expected, not " + backend.get());
    }
    if (endpoint.isEmpty() && keystone.isEmpty()) {
      throw ini.wrong(
          BARBICAN, "barbican_endpoint", "is missing, and auth_endpoint, which could tell it");
    }
    if (ini.flag(BARBICAN, "send_service_user_token", false)) {
      throw ini.wrong(
          BARBICAN, "send_service_user_token", "the caller's own token is all that is sent");
    }
    String visibility = ini.text(BARBICAN, "barbican_endpoint_type", "public");
    if (!Set.of("public", "internal", "admin").contains(visibility)) {
      throw ini.wrong(BARBICAN, "barbican_endpoint_type", "public, internal or admin is expected");
    }
    String version = ini.text(BARBICAN, "barbican_api_version", "v1");
    if (!version.equals("v1")) {
      throw ini.wrong(BARBICAN, "barbican_api_version", "v1 is expected, not " + version);
    }
    for (String ofMakingKeys : new String[] {"retry_delay", "number_of_retries"}) {
      ini.text(BARBICAN, ofMakingKeys);
    }
    return Optional.of(
        new KeyManager(
            endpoint.map(text ->
                url(text)
                    .orElseThrow(
                        () -> ini.wrong(BARBICAN, "barbican_endpoint", "is no URL of HTTP"))),
            keystone.map(text -> keystone(ini, text)),
            version,
            visibility,
            ini.text(BARBICAN, "barbican_region_name"),
            tls(ini),
            Duration.ofSeconds(ini.count(BARBICAN, "timeout", 20, 1))));
  }

  private static URI keystone(IniFile ini, String text) {
    try {
      return KeystoneSession.versioned(text);
    } catch (KeystoneException e) {
      throw ini.wrong(BARBICAN, "auth_endpoint", "is no URL of Keystone");
    }
  }

  /** A URL of HTTP, without a version and slashes at the end; empty: it is none. */
  static Optional<URI> url(String text) {
    String bare = text.strip();
    while (bare.endsWith("/")) {
      bare = bare.substring(0, bare.length() - 1);
    }
    if (bare.endsWith("/v1")) {
      bare = bare.substring(0, bare.length() - 3);
    }
    try {
      URI uri = URI.create(bare);
      boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      return http && uri.getHost() != null && uri.getRawQuery() == null
          ? Optional.of(uri)
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static SSLContext tls(IniFile ini) {
    if (!ini.flag(BARBICAN, "verify_ssl", true)) {
      System.getLogger(KeyManager.class.getName())
          .log(
              System.Logger.Level.WARNING,
              "{0}: whoever stands between here and Barbican can say which signatures are good",
              ini.where(BARBICAN, "verify_ssl"));
      return Tls.insecure();
    }
    try {
      return ini.file(BARBICAN, "verify_ssl_path").isPresent()
          ? Tls.of(ini.file(BARBICAN, "verify_ssl_path").get())
          : Tls.system();
    } catch (IOException e) {
      throw ini.wrong(BARBICAN, "verify_ssl_path", e);
    }
  }

  /** Where certificates are. */
  public BarbicanCertificates open() {
    return new BarbicanCertificates(this);
  }
}
