package dev.platter.server.keystone;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Unified limits: a project's own where there are some, else those that are registered for the
 * service's endpoint. A resource without either is limited to nothing. For any thread.
 */
public final class KeystoneLimits {
  private static final Duration KEPT = Duration.ofSeconds(5);
  private static final int MOST = 10_000;

  private final KeystoneSession session;
  private final String endpointId;
  private final Map<String, Limits> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Limits> eldest) {
          return size() > MOST;
        }
      };
  private String selection;

  private record Limits(Map<String, Long> byResource, Instant until) {}

  /**
   * @param endpointId the service's own endpoint, for which limits are registered
   */
  public KeystoneLimits(KeystoneSession session, String endpointId) {
    this.session = session;
    this.endpointId = endpointId;
  }

  /** How much of a resource a project may have; -1: as much as it likes. */
  public long of(String project, String resource) throws KeystoneException {
    Limits limits;
    synchronized (known) {
      limits = known.get(project);
    }
    if (limits == null || Instant.now().isAfter(limits.until())) {
      limits = new Limits(ask(project), Instant.now().plus(KEPT));
      synchronized (known) {
        known.remove(project);
        known.put(project, limits);
      }
    }
    return limits.byResource().getOrDefault(resource, 0L);
  }

  private Map<String, Long> ask(String project) throws KeystoneException {
    String selected = selection();
    JsonNode model = get("/limits/model").path("model").path("name");
    if (!model.asText().equals("flat")) {
      throw new KeystoneException(
          "Keystone's model of limits is " + model + ": only flat is understood");
    }
    Map<String, Long> limits = new HashMap<>();
    read(limits, get("/registered_limits?" + selected).path("registered_limits"), "default_limit");
    String own = "/limits?" + selected + "&project_id=" + encoded(project);
    read(limits, get(own).path("limits"), "resource_limit");
    return limits;
  }

  private static void read(Map<String, Long> limits, JsonNode list, String field)
      throws KeystoneException {
    if (!list.isArray()) {
      throw new KeystoneException("Keystone's answer holds no limits");
    }
    for (JsonNode limit : list) {
      if (!limit.path("resource_name").isTextual() || !limit.path(field).canConvertToLong()) {
        throw new KeystoneException("Keystone's answer holds a limit that is none");
      }
      limits.put(limit.path("resource_name").textValue(), limit.path(field).longValue());
    }
  }

  /** The service and the region of the endpoint. */
  private String selection() throws KeystoneException {
    synchronized (known) {
      if (selection != null) {
        return selection;
      }
    }
    JsonNode endpoint = get("/endpoints/" + encoded(endpointId)).path("endpoint");
    String service = endpoint.path("service_id").asText();
    if (service.isEmpty()) {
      throw new KeystoneException("Keystone does not know the endpoint of [oslo_limit]");
    }
    String region = endpoint.path("region_id").asText("");
    String found =
        "service_id="
            + encoded(service)
            + (region.isEmpty() ? "" : "&region_id=" + encoded(region));
    synchronized (known) {
      selection = found;
    }
    return found;
  }

  private JsonNode get(String path) throws KeystoneException {
    KeystoneHttp.Answer answer = session.get(path, Map.of());
    if (answer.status() != 200) {
      throw new KeystoneException("Keystone answers with status " + answer.status());
    }
    return answer.json();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
