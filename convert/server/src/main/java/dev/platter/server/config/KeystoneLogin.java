package dev.platter.server.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.keystone.KeystoneException;
import dev.platter.server.keystone.KeystoneHttp;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.server.keystone.Tls;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;

/**
 * How the service itself logs in to Keystone: settings of one section, as keystoneauth has them.
 *
 * @param authUrl where, as it was written
 * @param url the same, with the version
 * @param document what is sent to log in
 * @param choice which endpoints of the catalogue are used
 * @param timeout how long Keystone may take for an answer
 * @param attempts how often it is asked
 * @param insecure whether whoever answers is believed
 * @param authorities a file of those that are believed; nothing: those that Java knows
 */
public record KeystoneLogin(
    String authUrl,
    URI url,
    ObjectNode document,
    KeystoneSession.EndpointChoice choice,
    Duration timeout,
    int attempts,
    boolean insecure,
    Optional<Path> authorities) {

  /**
   * @param section where the settings are, unless {@code auth_section} there says elsewhere
   */
  public static KeystoneLogin read(IniFile ini, String section) {
    return new Reader(ini, ini.text(section, "auth_section", section)).read();
  }

  /** A session with a client of its own. */
  public KeystoneSession open() throws IOException {
    return new KeystoneSession(
        new KeystoneHttp(timeout, attempts, tls()), url, document.deepCopy(), choice);
  }

  /** Whom to believe. */
  public SSLContext tls() throws IOException {
    if (insecure) {
      return Tls.insecure();
    }
    return authorities.isPresent() ? Tls.of(authorities.get()) : Tls.system();
  }

  /** The document holds a password. */
  @Override
  public String toString() {
    return "KeystoneLogin[" + SecretSettings.hide("auth_url", authUrl) + "]";
  }

  private record Reader(IniFile ini, String section) {
    private static final Set<String> VISIBILITIES = Set.of("public", "internal", "admin");

    /** Settings of logins, of which each kind of login uses some. */
    private static final List<String> LOGIN =
        List.of(
            "user_id",
            "username",
            "password",
            "user_domain_id",
            "user_domain_name",
            "project_id",
            "project_name",
            "project_domain_id",
            "project_domain_name",
            "tenant_id",
            "tenant_name",
            "domain_id",
            "domain_name",
            "default_domain_id",
            "default_domain_name",
            "system_scope",
            "application_credential_id",
            "application_credential_name",
            "application_credential_secret",
            "auth_plugin",
            "auth_uri",
            "service_type");

    KeystoneLogin read() {
      LOGIN.forEach(this::text);
      for (String absent : List.of("certfile", "keyfile")) {
        if (text(absent).isPresent()) {
          throw ini.wrong(section, absent, "certificates of clients are not used");
        }
      }
      String version = ini.text(section, "auth_version", "v3");
      if (!version.matches("v?3(\\.0)?")) {
        throw ini.wrong(section, "auth_version", version + ": only version 3 is spoken");
      }
      KeystoneLogin login =
          new KeystoneLogin(
              required("auth_url"),
              url(required("auth_url")),
              login(),
              new KeystoneSession.EndpointChoice(visibility(), text("region_name")),
              Duration.ofSeconds(positive("timeout", 15)),
              1 + ini.count(section, "http_request_max_retries", 3, 0),
              insecure(),
              ini.file(section, "cafile"));
      try {
        login.tls(); // says what is wrong with the file
      } catch (IOException e) {
        throw ini.wrong(section, "cafile", e);
      }
      return login;
    }

    private URI url(String authUrl) {
      try {
        return KeystoneSession.versioned(authUrl);
      } catch (KeystoneException e) {
        throw ini.wrong(section, "auth_url", "is no URL of Keystone"); // it may hold a password
      }
    }

    private Optional<String> visibility() {
      Optional<String> visibility =
          text("interface").or(() -> text("valid_interfaces")).map(Reader::withoutUrl);
      if (visibility.isPresent() && !VISIBILITIES.contains(visibility.get())) {
        throw ini.wrong(section, "interface", "is none of " + VISIBILITIES);
      }
      return visibility;
    }

    private static String withoutUrl(String name) {
      return name.endsWith("URL") ? name.substring(0, name.length() - 3) : name;
    }

    private boolean insecure() {
      boolean insecure = ini.flag(section, "insecure", false);
      if (insecure) {
        System.getLogger(KeystoneLogin.class.getName())
            .log(
                System.Logger.Level.WARNING,
                "{0}: whoever stands between here and Keystone can let anybody in",
                ini.where(section, "insecure"));
      }
      return insecure;
    }

    private Optional<String> text(String key) {
      return ini.text(section, key);
    }

    private String required(String key) {
      return text(key).orElseThrow(() -> ini.wrong(section, key, "is missing"));
    }

    private long positive(String key, long otherwise) {
      long number = ini.number(section, key, otherwise);
      if (number < 1 || number > 3600) {
        throw ini.wrong(section, key, "1 to 3600 is expected");
      }
      return number;
    }

    /** The document of a login. */
    private ObjectNode login() {
      String type = text("auth_type").or(() -> text("auth_plugin")).orElse("password");
      ObjectNode document = Json.object();
      ObjectNode identity = document.putObject("auth").putObject("identity");
      switch (type) {
        case "password", "v3password" -> {
          identity.putArray("methods").add("password");
          ObjectNode user = identity.putObject("password").putObject("user");
          user(user);
          user.put("password", required("password"));
          scope((ObjectNode) document.path("auth"));
        }
        case "v3applicationcredential" -> {
          identity.putArray("methods").add("application_credential");
          ObjectNode credential = identity.putObject("application_credential");
          Optional<String> id = text("application_credential_id");
          if (id.isPresent()) {
            credential.put("id", id.get());
          } else {
            credential.put("name", required("application_credential_name"));
            user(credential.putObject("user"));
          }
          credential.put("secret", required("application_credential_secret"));
        }
        default ->
            throw ini.wrong(
                section, "auth_type", type + " is none of password, v3applicationcredential");
      }
      return document;
    }

    private void user(ObjectNode user) {
      Optional<String> id = text("user_id");
      if (id.isPresent()) {
        user.put("id", id.get());
        return;
      }
      user.put("name", required("username"));
      domain(user.putObject("domain"), "user_domain");
    }

    private void domain(ObjectNode domain, String prefix) {
      Optional<String> id = text(prefix + "_id").or(() -> text("default_domain_id"));
      Optional<String> name = text(prefix + "_name").or(() -> text("default_domain_name"));
      if (id.isPresent()) {
        domain.put("id", id.get());
      } else {
        domain.put("name", name.orElse("Default"));
      }
    }

    private void scope(ObjectNode auth) {
      Optional<String> projectId = text("project_id").or(() -> text("tenant_id"));
      Optional<String> projectName = text("project_name").or(() -> text("tenant_name"));
      Optional<String> system = text("system_scope");
      Optional<String> domainId = text("domain_id");
      Optional<String> domainName = text("domain_name");
      if (projectId.isPresent()) {
        auth.putObject("scope").putObject("project").put("id", projectId.get());
      } else if (projectName.isPresent()) {
        ObjectNode project = auth.putObject("scope").putObject("project");
        project.put("name", projectName.get());
        domain(project.putObject("domain"), "project_domain");
      } else if (system.isPresent()) {
        if (!system.get().equals("all")) {
          throw ini.wrong(section, "system_scope", "all is expected");
        }
        auth.putObject("scope").putObject("system").put("all", true);
      } else if (domainId.isPresent()) {
        auth.putObject("scope").putObject("domain").put("id", domainId.get());
      } else if (domainName.isPresent()) {
        auth.putObject("scope").putObject("domain").put("name", domainName.get());
      }
    }
  }
}
