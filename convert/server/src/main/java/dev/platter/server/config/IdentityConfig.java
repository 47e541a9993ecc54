package dev.platter.server.config;

import dev.platter.server.identity.Identity;
import dev.platter.server.identity.Roles;
import dev.platter.server.identity.Secret;
import dev.platter.server.identity.TokenFile;
import dev.platter.server.identity.TrustedProxy;
import dev.platter.server.keystone.KeystoneIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the service knows who asks, made of the settings. */
public final class IdentityConfig {
  private static final String AUTHTOKEN = "keystone_authtoken";
  private static final String PROXY = "trusted_proxy";
  private static final int SHORTEST_SECRET = 16;

  private final IniFile ini;
  private final String host;

  /**
   * @param host the address that the service listens on
   */
  public IdentityConfig(IniFile ini, String host) {
    this.ini = ini;
    this.host = host;
  }

  /**
   * @throws IllegalArgumentException if settings are missing, wrong or dangerous
   */
  public Identity create(Flavor.Kind kind) throws IOException {
    return switch (kind) {
      case NONE -> Identity.none();
      case KEYSTONE -> keystone();
      case TRUSTED_PROXY -> trustedProxy();
      case TOKEN_FILE ->
          new TokenFile(
              ini.file("token_file", "path")
                  .orElseThrow(() -> ini.wrong("token_file", "path", "is missing")));
    };
  }

  private Identity trustedProxy() throws IOException {
    Optional<String> secret = ini.text(PROXY, "shared_secret");
    if (secret.isPresent() && secret.get().length() < SHORTEST_SECRET) {
      throw ini.wrong(PROXY, "shared_secret", "has fewer than " + SHORTEST_SECRET + " characters");
    }
    if (secret.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
      throw ini.wrong(
          PROXY,
          "shared_secret",
          "is missing: "
              + host
              + " can be reached by others than the proxy, and they would be"
              + " believed");
    }
    return new TrustedProxy(secret.map(Secret::of));
  }

  private Identity keystone() throws IOException {
    KeystoneConfig config = new KeystoneConfig(ini, AUTHTOKEN);
    if (ini.flag(AUTHTOKEN, "delay_auth_decision", false)) {
      throw ini.wrong(
          AUTHTOKEN, "delay_auth_decision", "callers that are not identified are never let in");
    }
    String bind = ini.text(AUTHTOKEN, "enforce_token_bind", "permissive");
    if (!List.of("disabled", "permissive").contains(bind)) {
      throw ini.wrong(AUTHTOKEN, "enforce_token_bind", bind + ": tokens are not bound");
    }
    String publicUri =
        ini.text(AUTHTOKEN, "www_authenticate_uri")
            .or(() -> ini.text(AUTHTOKEN, "auth_uri"))
            .orElseGet(config::authUrl);
    if (!publicUri.matches("[!-~&&[^\"\\\\]]+")) {
      throw ini.wrong(AUTHTOKEN, "www_authenticate_uri", "is no URL");
    }
    return new KeystoneIdentity(
        config.session(),
        new KeystoneIdentity.ServiceTokens(
            Roles.inLowerCase(ini.list(AUTHTOKEN, "service_token_roles", List.of("service"))),
            ini.flag(AUTHTOKEN, "service_token_roles_required", true)),
        publicUri,
        ini.text(AUTHTOKEN, "service_type", "image"),
        Duration.ofSeconds(ini.number(AUTHTOKEN, "token_cache_time", 300)));
  }
}
