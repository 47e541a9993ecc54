package dev.platter.server.config;

import dev.platter.server.identity.Identity;
import dev.platter.server.identity.Roles;
import dev.platter.server.identity.Secret;
import dev.platter.server.identity.TokenFile;
import dev.platter.server.identity.TrustedProxy;
import dev.platter.server.keystone.KeystoneIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** How the service knows who asks. */
public sealed interface IdentitySettings {
  /** The section of settings of Keystone's middleware. */
  String AUTHTOKEN = "keystone_authtoken";

  /** What knows who asks. */
  Identity open() throws IOException;

  /** Everybody is one administrator. */
  record Nobody() implements IdentitySettings {
    @Override
    public Identity open() {
      return Identity.none();
    }
  }

  /**
   * Tokens are in a file.
   *
   * @param file the file
   */
  record Tokens(Path file) implements IdentitySettings {
    @Override
    public Identity open() throws IOException {
      return new TokenFile(file);
    }
  }

  /**
   * A proxy in front says it in headers.
   *
   * @param secret what the proxy proves itself with; nothing: only the proxy reaches the service
   */
  record Proxy(Optional<Secret> secret) implements IdentitySettings {
    @Override
    public Identity open() {
      return new TrustedProxy(secret);
    }
  }

  /**
   * Tokens are validated by Keystone.
   *
   * @param login of the service itself
   * @param serviceTokens what tokens of services are good for
   * @param publicUri where callers find Keystone
   * @param serviceType what access rules call this service
   * @param cacheTime how long an answer of Keystone's counts
   */
  record Keystone(
      KeystoneLogin login,
      KeystoneIdentity.ServiceTokens serviceTokens,
      String publicUri,
      String serviceType,
      Duration cacheTime)
      implements IdentitySettings {
    @Override
    public Identity open() throws IOException {
      return new KeystoneIdentity(login.open(), serviceTokens, publicUri, serviceType, cacheTime);
    }
  }

  /**
   * @throws IllegalArgumentException if settings are missing, wrong or dangerous
   */
  static IdentitySettings read(IniFile ini, Flavor.Kind kind) throws IOException {
    return switch (kind) {
      case NONE -> new Nobody();
      case KEYSTONE -> keystone(ini);
      case TRUSTED_PROXY -> proxy(ini, HttpSettings.host(ini));
      case TOKEN_FILE -> {
        Tokens tokens =
            new Tokens(
                ini.file("token_file", "path")
                    .orElseThrow(() -> ini.wrong("token_file", "path", "is missing")));
        try {
          tokens.open(); // says what is wrong with the file
        } catch (IOException e) {
          throw ini.wrong("token_file", "path", e);
        }
        yield tokens;
      }
    };
  }

  private static IdentitySettings proxy(IniFile ini, String host) throws IOException {
    String section = "trusted_proxy";
    String key = "shared_secret";
    int shortest = 16;
    Optional<String> secret = ini.text(section, key);
    if (secret.isPresent() && secret.get().length() < shortest) {
      throw ini.wrong(section, key, "has fewer than " + shortest + " characters");
    }
    if (secret.isEmpty() && !InetAddress.getByName(host).isLoopbackAddress()) {
      throw ini.wrong(
          section,
          key,
          "is missing: %s can be reached by others than the proxy, and they would be believed"
              .formatted(host));
    }
    return new Proxy(secret.map(Secret::of));
  }

  private static IdentitySettings keystone(IniFile ini) {
    KeystoneLogin login = KeystoneLogin.read(ini, AUTHTOKEN);
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
            .orElse(login.authUrl());
    if (!publicUri.matches("[!-~&&[^\"\\\\]]+")) {
      throw ini.wrong(AUTHTOKEN, "www_authenticate_uri", "is no URL");
    }
    return new Keystone(
        login,
        new KeystoneIdentity.ServiceTokens(
            Roles.inLowerCase(ini.list(AUTHTOKEN, "service_token_roles", List.of("service"))),
            ini.flag(AUTHTOKEN, "service_token_roles_required", true)),
        publicUri,
        ini.text(AUTHTOKEN, "service_type", "image"),
        Duration.ofSeconds(ini.number(AUTHTOKEN, "token_cache_time", 300)));
  }
}
