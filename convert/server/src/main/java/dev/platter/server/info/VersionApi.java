package dev.platter.server.info;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Which versions of the interface there are; the first thing that clients ask. */
public final class VersionApi {
  private final List<String> versions = new ArrayList<>();
  private final Optional<String> publicEndpoint;

  /**
   * @param withStores whether there are stores to choose from
   * @param withCache whether there is a cache to rule
   * @param publicEndpoint where callers find the service; empty: where they have found it
   */
  public VersionApi(boolean withStores, boolean withCache, Optional<String> publicEndpoint) {
    this.publicEndpoint = publicEndpoint;
    if (withCache) {
      versions.addAll(List.of("v2.18", "v2.17", "v2.16", "v2.15", "v2.14"));
    } else {
      versions.addAll(List.of("v2.17", "v2.15"));
    }
    if (withStores) {
      versions.addAll(List.of("v2.13", "v2.12", "v2.11", "v2.10", "v2.9", "v2.8"));
    } else {
      versions.add("v2.9");
    }
    versions.addAll(List.of("v2.7", "v2.6", "v2.5", "v2.4", "v2.3", "v2.2", "v2.1", "v2.0"));
  }

  public void addTo(Router router) {
    router
        .get("/", call -> answer(call, 300))
        .get("/versions", call -> answer(call, 200))
        .get("/v2", call -> answer(call, 300));
  }

  private void answer(Call call, int status) throws IOException {
    ObjectNode document = Json.object();
    ArrayNode list = document.putArray("versions");
    String base = publicEndpoint.orElseGet(call::baseUrl).replaceFirst("/+$", "");
    for (String version : versions) {
      ObjectNode node = list.addObject();
      node.put("id", version);
      node.put("status", version.equals(versions.getFirst()) ? "CURRENT" : "SUPPORTED");
      node.putArray("links").addObject().put("rel", "self").put("href", base + "/v2/");
    }
    call.answer(status, document);
  }
}
