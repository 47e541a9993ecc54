package dev.platter.remote.oci;

import dev.platter.remote.http.HttpException;
import dev.platter.storage.Location;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of an image in a registry: {@code
 * oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST][?KEY=VALUE&...]}.
 *
 * @param host the registry, with its port where one is named, as credentials are kept for it
 * @param repository what it calls the images that go together
 * @param tag one of them, {@code latest} if none is named
 * @param digest what the manifest must have; where it is named, the tag does not matter
 * @param platform which image of an index, {@code OS/ARCHITECTURE[/VARIANT]}
 * @param file which file of an image that has several
 * @param secured whether the registry is spoken to by HTTPS
 */
record OciName(
    String host,
    String repository,
    String tag,
    Optional<Digest> digest,
    Optional<String> platform,
    Optional<String> file,
    boolean secured) {
  static final String FORM = "oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST][?KEY=VALUE&...]";

  private static final String PREFIX = "oci://";
  private static final int LONGEST = 255;
  private static final Pattern NAME =
      Pattern.compile(
          "(?<host>[A-Za-z0-9][A-Za-z0-9.-]*(?::[0-9]{1,5})?|\\[[0-9A-Fa-f:]+\\](?::[0-9]{1,5})?)"
              + "/(?<repository>[a-z0-9][a-z0-9._/-]*)"
              + "(?::(?<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?"
              + "(?:@(?<digest>[a-z0-9]+:[0-9a-f]+))?"
              + "(?:\\?(?<more>.*))?");

  /** The registry that images without a host are in, and what it is really called. */
  private static final String HUB = "docker.io";

  private static final String HUB_SERVER = "registry-1.docker.io";

  static OciName of(Location location) throws HttpException {
    String text = location.toString();
    Matcher name = NAME.matcher(text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "");
    if (!location.options().isEmpty() || !name.matches()) {
      throw new HttpException("an image in a registry is named " + FORM);
    }
    String host = name.group("host");
    String repository = name.group("repository");
    if (repository.length() > LONGEST || !isRepository(repository)) {
      throw new HttpException("no name of a repository: '" + repository + "'");
    }
    if (host.equals(HUB) && !repository.contains("/")) {
      repository = "library/" + repository;
    }
    String digest = name.group("digest");
    Optional<String> platform = Optional.empty();
    Optional<String> file = Optional.empty();
    boolean secured = !isThisMachine(host);
    String more = name.group("more");
    for (String each : more == null ? new String[0] : more.split("&", -1)) {
      String value = each.substring(each.indexOf('=') + 1);
      switch (each.substring(0, Math.max(0, each.indexOf('=')))) {
        case "platform" -> platform = Optional.of(platform(value));
        case "file" -> file = Optional.of(value);
        case "tls" -> secured = isOn(value);
        default ->
            throw new HttpException(
                "'" + each + "': platform=OS/ARCHITECTURE, file=NAME and tls=on|off can be said");
      }
    }
    return new OciName(
        host,
        repository,
        name.group("tag") == null ? "latest" : name.group("tag"),
        digest == null ? Optional.empty() : Optional.of(Digest.parse(digest)),
        platform,
        file,
        secured);
  }

  /** Distribution Specification, "Pulling manifests": parts with single separators in them. */
  private static boolean isRepository(String text) {
    for (String part : text.split("/", -1)) {
      if (!part.matches("[a-z0-9]+(?:(?:\\.|_|__|-++)[a-z0-9]++)*+")) {
        return false;
      }
    }
    return true;
  }

  private static String platform(String text) throws HttpException {
    if (!text.matches("[a-z0-9]+/[a-z0-9_]+(?:/[a-z0-9.]+)?")) {
      throw new HttpException("platform: expected OS/ARCHITECTURE[/VARIANT], not '" + text + "'");
    }
    return text;
  }

  private static boolean isOn(String text) throws HttpException {
    if (!text.equals("on") && !text.equals("off")) {
      throw new HttpException("tls: expected 'on' or 'off'");
    }
    return text.equals("on");
  }

  /** Registries on this machine have no certificates, as Docker has it. */
  private static boolean isThisMachine(String host) {
    return host.matches("(?:localhost|127(?:\\.[0-9]{1,3}){3}|\\[::1\\])(?::[0-9]+)?");
  }

  /** What a manifest is asked for by. */
  String reference() {
    return digest.map(Digest::toString).orElse(tag);
  }

  /** A URL of the registry's. */
  URI uri(String path) throws HttpException {
    String server = host.equals(HUB) ? HUB_SERVER : host;
    try {
      return new URI((secured ? "https" : "http") + "://" + server + path);
    } catch (java.net.URISyntaxException e) {
      throw new HttpException("no name of a server: '" + host + "'", e);
    }
  }
}
