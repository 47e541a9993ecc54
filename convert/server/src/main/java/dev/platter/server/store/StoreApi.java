package dev.platter.server.store;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageTable;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.quota.Quotas;
import dev.platter.server.rbd.RbdStore;
import dev.platter.server.swift.SwiftStore;
import java.io.IOException;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** What the service can do and where it keeps images; taking one copy of an image away. */
public final class StoreApi {
  private final Images images;
  private final Stores stores;
  private final Reaper reaper;
  private final List<String> importMethods;
  private final Quotas quotas;

  public StoreApi(
      Images images, Stores stores, Reaper reaper, List<String> importMethods, Quotas quotas) {
    this.images = images;
    this.stores = stores;
    this.reaper = reaper;
    this.importMethods = importMethods;
    this.quotas = quotas;
  }

  public void addTo(Router router) {
    router
        .get("/v2/info/import", this::importMethods)
        .get("/v2/info/stores", call -> list(call, false))
        .get("/v2/info/stores/detail", call -> list(call, true))
        .get("/v2/info/usage", this::usage)
        .delete("/v2/stores/{store_id}/{image_id}", this::delete);
  }

  private void importMethods(Call call) throws IOException {
    ObjectNode answer = Json.object();
    ObjectNode methods = answer.putObject("import-methods");
    methods.put("description", "Import methods available.");
    methods.put("type", "array");
    methods.set("value", Json.array(importMethods));
    call.answer(200, answer);
  }

  private void usage(Call call) throws IOException {
    ObjectNode answer = Json.object();
    ObjectNode usage = answer.putObject("usage");
    quotas
        .usage(call.caller().projectId())
        .forEach((resource, used) ->
            usage
                .putObject(resource.limitName())
                .put("limit", used.limit())
                .put("usage", used.used()));
    call.answer(200, answer);
  }

  private void list(Call call, boolean detail) throws IOException {
    if (!stores.several()) {
      throw ApiException.notFound("Multi backend is not supported at this site.");
    }
    if (detail) {
      images.policy().require("stores_info_detail", call.caller());
    }
    ObjectNode answer = Json.object();
    ArrayNode list = answer.putArray("stores");
    for (Stores.Entry entry : stores.all()) {
      ObjectNode node = list.addObject().put("id", entry.store().id());
      if (!entry.store().description().isEmpty()) {
        node.put("description", entry.store().description());
      }
      Optional<String> refused = entry.store().writesRefused();
      if (entry.store().readOnly() || refused.isPresent()) {
        node.put("read-only", "true");
      }
      if (entry.store().id().equals(stores.defaultStore())) {
        node.put("default", "true");
      }
      if (detail) {
        node.put("type", entry.config().type());
        node.put("weight", entry.weight());
        node.set("properties", properties(entry));
      }
    }
    call.answer(200, answer);
  }

  /** What administrators may see of how a store is made, by the names that callers know. */
  private static ObjectNode properties(Stores.Entry entry) {
    ObjectNode properties = Json.object();
    StoreConfig config = entry.config();
    switch (config.type()) {
      case "file" ->
          properties
              .put("data_dir", config.text("filesystem_store_datadir", ""))
              .put("thin_provisioning", entry.store().sparse());
      case "rbd" -> {
        RbdStore store = (RbdStore) entry.store();
        properties
            .put("chunk_size", store.chunkBytes())
            .put("pool", store.pool())
            .put("thin_provisioning", store.sparse());
      }
      case "swift" -> {
        SwiftStore store = (SwiftStore) entry.store();
        properties
            .put("container", store.container())
            .put("large_object_size", store.largeObjectSize())
            .put("large_object_chunk_size", store.largeObjectChunkSize());
      }
      case "cinder" ->
          properties
              .put("volume_type", config.text("cinder_volume_type", ""))
              .put("use_multipath", false);
      case "s3" ->
          properties
              .put("s3_store_host", config.text("s3_store_host", ""))
              .put("s3_store_bucket", config.text("s3_store_bucket", ""));
      default -> {
        // There is nothing to tell.
      }
    }
    return properties;
  }

  private void delete(Call call) throws IOException {
    String id = call.variable("image_id");
    String storeId = call.variable("store_id");
    if (stores.find(storeId).isEmpty()) {
      throw ApiException.conflict("The selected store '" + storeId + "' is not known.");
    }
    images
        .database()
        .transaction(session -> {
          Image image = images.lockPermitted(session, call.caller(), id, "get_image_location");
          images.require("delete_image_location", call.caller(), image);
          remove(session, image, storeId);
          return null;
        });
    reaper.run();
    call.answer(204);
  }

  private static void remove(Session session, Image image, String storeId) throws SQLException {
    if (image.fields().isProtected()) {
      throw ApiException.forbidden("Image " + image.id() + " is protected and cannot be deleted.");
    }
    if (!image.status().equals(Image.Status.ACTIVE)) {
      throw ApiException.conflict(
          "Only images with status 'active' can be removed from a store, this one is "
              + image.status());
    }
    if (image.locations().size() == 1) {
      throw ApiException.forbidden(
          "Cannot delete image data from the only store containing it. Consider deleting the"
              + " image instead.");
    }
    Location location =
        image.locations().stream()
            .filter(place -> storeId.equals(place.store()))
            .findFirst()
            .orElseThrow(() ->
                ApiException.notFound(
                    "Image %s is not in store '%s'".formatted(image.id(), storeId)));
    ImageTable.removeLocation(session, image.id(), location.url());
    Reaper.doom(session, location);
    ImageTable.touch(session, image.id());
  }
}
