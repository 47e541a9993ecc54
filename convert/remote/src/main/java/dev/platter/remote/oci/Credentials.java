package dev.platter.remote.oci;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.remote.http.HttpException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Names and passwords as {@code docker login} and {@code podman login} leave them: {@code auths} in
 * {@code $REGISTRY_AUTH_FILE}, {@code $XDG_RUNTIME_DIR/containers/auth.json}, {@code
 * $DOCKER_CONFIG/config.json} or {@code ~/.docker/config.json}. Programs that keep them are not
 * run.
 *
 * @param basic {@code NAME:PASSWORD}; empty: none are kept
 * @param note why there are none, where that is worth telling
 */
record Credentials(Optional<String> basic, String note) {
  private static final long MOST = 1 << 20;
  private static final String HUB = "docker.io";

  /**
   * What is kept for a repository.
   *
   * @param environment variables by their names
   * @throws HttpException without anything secret in its message
   */
  static Credentials of(Map<String, String> environment, String host, String repository)
      throws IOException {
    String note = "";
    for (Path file : files(environment)) {
      if (!Files.isReadable(file)) {
        continue;
      }
      Map<?, ?> settings = settings(file);
      Optional<Map<?, ?>> entry = entry(settings, host, repository);
      Optional<String> basic = entry.isEmpty() ? Optional.empty() : basic(file, entry.get());
      if (basic.isPresent()) {
        return new Credentials(basic, "");
      }
      if (entry.isPresent() && entry.get().containsKey("identitytoken")) {
        note = file + " has an identity token for it, which only Docker can use";
      } else if (helper(settings, host).isPresent()) {
        note =
            "%s leaves them to the program '%s', which is not run"
                .formatted(file, Registry.shown(helper(settings, host).get()));
      }
    }
    return new Credentials(Optional.empty(), note);
  }

  private static List<Path> files(Map<String, String> environment) {
    List<Path> files = new ArrayList<>();
    add(files, environment.get("REGISTRY_AUTH_FILE"), "");
    add(files, environment.get("XDG_RUNTIME_DIR"), "containers/auth.json");
    if (environment.containsKey("DOCKER_CONFIG")) {
      add(files, environment.get("DOCKER_CONFIG"), "config.json");
    } else {
      add(files, environment.get("HOME"), ".docker/config.json");
    }
    return files;
  }

  private static void add(List<Path> files, String directory, String name) {
    if (directory != null && !directory.isBlank()) {
      files.add(name.isEmpty() ? Path.of(directory) : Path.of(directory, name));
    }
  }

  private static Map<?, ?> settings(Path file) throws IOException {
    if (Files.size(file) > MOST) {
      throw new HttpException(file + ": more than " + MOST + " bytes, not a file of credentials");
    }
    try {
      return JsonParser.parseObject(Files.readString(file));
    } catch (IllegalOptionException | java.nio.charset.CharacterCodingException e) {
      throw new HttpException(file + ": not JSON"); // its message may show what is secret
    }
  }

  /** That of the repository, of one above it, or of the registry, in this order. */
  private static Optional<Map<?, ?>> entry(Map<?, ?> settings, String host, String repository) {
    if (!(settings.get("auths") instanceof Map<?, ?> all)) {
      return Optional.empty();
    }
    for (String name = host + "/" + repository; ; name = name.substring(0, name.lastIndexOf('/'))) {
      for (Map.Entry<?, ?> each : all.entrySet()) {
        if (server(each.getKey().toString()).equals(name)
            && each.getValue() instanceof Map<?, ?> found) {
          return Optional.of(found);
        }
      }
      if (!name.contains("/")) {
        return Optional.empty();
      }
    }
  }

  /** What is meant by a name that Docker may have written as a URL. */
  private static String server(String key) {
    String name = key.replaceFirst("^https?://", "").replaceFirst("/(v[12]/?)?$", "");
    return name.equals("index.docker.io") ? HUB : name;
  }

  private static Optional<String> basic(Path file, Map<?, ?> entry) throws HttpException {
    if (entry.get("auth") instanceof String auth && !auth.isEmpty()) {
      try {
        byte[] pair = Base64.getDecoder().decode(auth);
        String text = new String(pair, StandardCharsets.UTF_8).replaceFirst("\0+$", "");
        if (text.indexOf(':') > 0 && !text.endsWith(":")) {
          return Optional.of(text);
        }
      } catch (IllegalArgumentException e) {
        throw new HttpException(file + ": an 'auth' that is not base64");
      }
    }
    return entry.get("username") instanceof String user
            && entry.get("password") instanceof String password
            && !user.isEmpty()
        ? Optional.of(user + ":" + password)
        : Optional.empty();
  }

  private static Optional<String> helper(Map<?, ?> settings, String host) {
    if (settings.get("credHelpers") instanceof Map<?, ?> helpers
        && helpers.get(host) instanceof String helper) {
      return Optional.of(helper);
    }
    return settings.get("credsStore") instanceof String store && !store.isEmpty()
        ? Optional.of(store)
        : Optional.empty();
  }

  /** Shows nothing of it. */
  @Override
  public String toString() {
    return basic.isPresent() ? "credentials" : "no credentials";
  }
}
