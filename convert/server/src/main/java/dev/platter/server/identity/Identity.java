package dev.platter.server.identity;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;

/** How the service knows who asks. */
public interface Identity {
  /**
   * @param headers gives a header's value
   * @param template the template of the route that was asked for; empty when there is none
   * @param requestId names the request
   * @return the caller; nothing when the request must be refused (401)
   */
  Optional<Caller> identify(
      Function<String, Optional<String>> headers, String template, String requestId);

  /** Nobody is asked: everybody is the same single administrator. */
  static Identity none() {
    return (headers, template, requestId) ->
        Optional.of(new Caller("admin", "admin", Set.of(Caller.ADMIN, "member"), requestId));
  }

  /**
   * A proxy or filter in front has asked Keystone, and says in headers what it has learnt. To be
   * used only where nobody else reaches the service, as the headers are believed.
   */
  static Identity headers() {
    return (headers, template, requestId) -> {
      // What clients read before they log in, and what watches the service.
      boolean open =
          Set.of("", "/", "/v2", "/versions", "/healthcheck", "/metrics", "/openapi.json")
              .contains(template);
      boolean confirmed =
          headers.apply("X-Identity-Status").map("Confirmed"::equalsIgnoreCase).orElse(false);
      if (!confirmed && !open) {
        return Optional.empty();
      }
      Set<String> roles = new TreeSet<>();
      for (String role : headers.apply("X-Roles").orElse("").split(",")) {
        if (!role.isBlank()) {
          roles.add(role.strip().toLowerCase(Locale.ROOT));
        }
      }
      return Optional.of(
          new Caller(
              headers.apply("X-User-Id").orElse(null),
              headers.apply("X-Project-Id").or(() -> headers.apply("X-Tenant-Id")).orElse(null),
              confirmed ? roles : Set.of(),
              requestId));
    };
  }
}
