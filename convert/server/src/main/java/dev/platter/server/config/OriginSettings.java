package dev.platter.server.config;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.eclipse.jetty.server.handler.CrossOriginHandler;

/**
 * Which pages of other origins may use the interface from a browser: {@code [cors]}, as OpenStack's
 * services have it.
 *
 * @param origins where such pages come from
 * @param credentials whether they may send what the browser knows of the user
 * @param maxAge how long a browser may remember all this
 * @param methods what they may ask
 * @param headers what they may send
 * @param exposed what they may read
 */
public record OriginSettings(
    List<String> origins,
    boolean credentials,
    Duration maxAge,
    Set<String> methods,
    Set<String> headers,
    Set<String> exposed) {
  private static final String CORS = "cors";

  private static final List<String> METHODS = List.of("GET", "PUT", "POST", "DELETE", "PATCH");

  /** What browsers may always send, and what clients of the interface send besides. */
  private static final List<String> SIMPLE =
      List.of(
          "Accept",
          "Accept-Language",
          "Content-Type",
          "Cache-Control",
          "Content-Language",
          "Expires",
          "Last-Modified",
          "Pragma");

  private static final List<String> HEADERS =
      List.of(
          "Content-MD5",
          "X-Image-Meta-Checksum",
          "X-Storage-Token",
          "Accept-Encoding",
          "X-Auth-Token",
          "X-Identity-Status",
          "X-Roles",
          "X-Service-Catalog",
          "X-User-Id",
          "X-Tenant-Id",
          "X-OpenStack-Request-ID");

  private static final List<String> EXPOSED =
      List.of(
          "X-Image-Meta-Checksum",
          "X-Auth-Token",
          "X-Subject-Token",
          "X-Service-Token",
          "X-OpenStack-Request-ID");

  /**
   * Nothing where no other origin is allowed.
   *
   * @throws IllegalArgumentException if every page could act for whoever looks at it
   */
  public static Optional<OriginSettings> read(IniFile ini) {
    Set<String> headers = new LinkedHashSet<>(SIMPLE);
    headers.addAll(ini.list(CORS, "allow_headers", HEADERS));
    OriginSettings settings =
        new OriginSettings(
            ini.list(CORS, "allowed_origin", List.of()),
            ini.flag(CORS, "allow_credentials", true),
            Duration.ofSeconds(ini.number(CORS, "max_age", 3600)),
            new LinkedHashSet<>(ini.list(CORS, "allow_methods", METHODS)),
            headers,
            new LinkedHashSet<>(ini.list(CORS, "expose_headers", EXPOSED)));
    if (settings.origins.isEmpty()) {
      return Optional.empty();
    }
    if (settings.origins.contains("*") && settings.credentials) {
      throw ini.wrong(
          CORS, "allowed_origin", "* lets every page in: only with allow_credentials = false");
    }
    for (String origin : settings.origins) {
      if (!origin.equals("*") && !origin.matches("[a-z][a-z0-9+.-]*://[^/]+")) {
        throw ini.wrong(CORS, "allowed_origin", origin + ": scheme://host[:port] is expected");
      }
    }
    return Optional.of(settings);
  }

  /** What stands before the service's own handler. */
  public CrossOriginHandler open() {
    CrossOriginHandler handler = new CrossOriginHandler();
    handler.setAllowedOriginPatterns(
        origins.stream()
            .map(origin -> origin.equals("*") ? origin : Pattern.quote(origin))
            .collect(Collectors.toSet()));
    handler.setAllowCredentials(credentials);
    handler.setPreflightMaxAge(maxAge);
    handler.setAllowedMethods(methods);
    handler.setAllowedHeaders(headers);
    handler.setExposedHeaders(exposed);
    return handler;
  }
}
