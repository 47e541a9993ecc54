package dev.platter.service.download;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which URIs a user may have fetched. Three levels, each with a list of what is allowed and one of
 * what is not; where the first has entries, the second is not looked at. A port is only looked at
 * where the URI has one: a scheme's own port, left out, always passes.
 *
 * @param allowedSchemes and its neighbours: lower case; empty: no such list
 */
public record UriFilter(
    Set<String> allowedSchemes,
    Set<String> disallowedSchemes,
    Set<String> allowedHosts,
    Set<String> disallowedHosts,
    Set<Integer> allowedPorts,
    Set<Integer> disallowedPorts) {
  /** http and https, any host, ports 80 and 443. */
  public static final UriFilter DEFAULT =
      new UriFilter(
          Set.of("http", "https"), Set.of(), Set.of(), Set.of(), Set.of(80, 443), Set.of());

  public UriFilter {
    allowedSchemes = lower(allowedSchemes);
    disallowedSchemes = lower(disallowedSchemes);
    allowedHosts = lower(allowedHosts);
    disallowedHosts = lower(disallowedHosts);
    allowedPorts = Set.copyOf(allowedPorts);
    disallowedPorts = Set.copyOf(disallowedPorts);
  }

  /** Whether {@link #refusal} has nothing to say. */
  public boolean accepts(URI uri) {
    return refusal(uri).isEmpty();
  }

  /** Why the URI must not be fetched; empty: it may. */
  public Optional<String> refusal(URI uri) {
    if (uri.getScheme() == null) {
      return Optional.of("it has no scheme");
    }
    String host = uri.getHost();
    for (Optional<String> found :
        List.of(
            check("scheme", uri.getScheme(), allowedSchemes, disallowedSchemes),
            host == null ? Optional.of("it has no host") : Optional.<String>empty(),
            check("host", Objects.requireNonNullElse(host, ""), allowedHosts, disallowedHosts),
            uri.getPort() < 0
                ? Optional.<String>empty()
                : check("port", uri.getPort(), allowedPorts, disallowedPorts))) {
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static <T> Optional<String> check(
      String level, T value, Set<T> allowed, Set<T> disallowed) {
    Object key = value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
    boolean refused = allowed.isEmpty() ? disallowed.contains(key) : !allowed.contains(key);
    return refused
        ? Optional.of("its " + level + " '" + value + "' is not allowed")
        : Optional.empty();
  }

  private static Set<String> lower(Set<String> names) {
    return names.stream()
        .map(name -> name.toLowerCase(Locale.ROOT))
        .collect(Collectors.toUnmodifiableSet());
  }
}
