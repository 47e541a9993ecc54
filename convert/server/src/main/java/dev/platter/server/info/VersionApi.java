package dev.platter.server.info;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Which versions of the interface there are; the first thing that clients ask. */
public final class VersionApi {
  private final List<String> versions = new ArrayList<>();

  /**
   * @param withStores whether there are stores to choose from
   * @param withCache whether there is a cache to rule
   */
  public VersionApi(boolean withStores, boolean withCache) {
    if (withCache) {
      versions.addAll(List.of("v2.16", "v2.15", "v2.14"));
    } else {
      versions.add("v2.15");
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
    for (String version : versions) {
      ObjectNode node = list.addObject();
      node.put("id", version);
      node.put("status", version.equals(versions.getFirst()) ? "CURRENT" : "SUPPORTED");
      node.putArray("links").addObject().put("rel", "self").put("href", call.baseUrl() + "/v2/");
    }
    call.answer(status, document);
  }
}
