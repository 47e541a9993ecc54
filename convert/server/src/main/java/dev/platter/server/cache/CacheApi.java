package dev.platter.server.cache;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.image.Image;
import dev.platter.server.image.Images;
import dev.platter.server.node.Nodes;
import dev.platter.service.store.ImageIds;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** Looking into the cache and ruling it, in both forms that the interface has had for that. */
public final class CacheApi {
  private final Images images;
  private final ImageCache cache;
  private final Nodes nodes;
  private final Settings settings;
  private final Runnable prefetch;

  /**
   * What the deployer says.
   *
   * @param selfUrl where this node is reached
   * @param stallTime after how long an unfinished copy is taken for forgotten
   */
  public record Settings(Optional<String> selfUrl, Duration stallTime) {}

  /**
   * @param prefetch lets what is queued be fetched soon
   */
  public CacheApi(
      Images images, ImageCache cache, Nodes nodes, Settings settings, Runnable prefetch) {
    this.images = images;
    this.cache = cache;
    this.nodes = nodes;
    this.settings = settings;
    this.prefetch = prefetch;
  }

  public void addTo(Router router) {
    router
        .get("/v2/cache", this::listAll)
        .delete("/v2/cache", this::clear)
        .post("/v2/cache/clean", this::clean)
        .post("/v2/cache/prune", this::prune)
        .get("/v2/cache/nodes/{image_id}", this::nodes)
        .put("/v2/cache/{image_id}", this::queueNew)
        .delete("/v2/cache/{image_id}", this::deleteEither)
        .get("/v2/cached_images", this::listCached)
        .delete("/v2/cached_images", this::deleteAllCached)
        .delete("/v2/cached_images/{image_id}", this::deleteCached)
        .get("/v2/queued_images", this::listQueued)
        .delete("/v2/queued_images", this::deleteAllQueued)
        .put("/v2/queued_images/{image_id}", this::queueOld)
        .delete("/v2/queued_images/{image_id}", this::deleteQueued);
  }

  private void check(Call call, String rule) {
    if (!cache.enabled()) {
      throw ApiException.notFound("Caching via API is not supported at this site.");
    }
    images.policy().require(rule, call.caller());
  }

  private ArrayNode cached() {
    ArrayNode list = Json.array();
    for (ImageCache.Cached cached : cache.list()) {
      ObjectNode node = list.addObject();
      node.put("image_id", cached.imageId());
      node.put("hits", cached.hits());
      node.put("last_accessed", seconds(cached.lastAccessed()));
      node.put("last_modified", seconds(cached.lastModified()));
      node.put("size", cached.size());
    }
    return list;
  }

  private static BigDecimal seconds(Instant instant) {
    return BigDecimal.valueOf(instant.toEpochMilli(), 3);
  }

  private void listAll(Call call) throws IOException {
    check(call, "cache_list");
    ObjectNode answer = Json.object();
    answer.set("cached_images", cached());
    answer.set("queued_images", Json.array(cache.queued()));
    call.answer(200, answer);
  }

  private void clear(Call call) throws IOException {
    check(call, "cache_delete");
    String target = call.decodedHeader("x-image-cache-clear-target").orElse("");
    if (!Set.of("", "cache", "queue").contains(target)) {
      throw ApiException.badRequest(
          "If provided 'x-image-cache-clear-target' must be 'cache', 'queue' or empty string.");
    }
    if (!target.equals("queue")) {
      removeAllCached();
    }
    if (!target.equals("cache")) {
      removeAllQueued();
    }
    call.answer(204);
  }

  private void clean(Call call) throws IOException {
    check(call, "cache_clean");
    cache.clean(settings.stallTime());
    call.answer(200, NullNode.getInstance());
  }

  private void prune(Call call) throws IOException {
    check(call, "cache_prune");
    ImageCache.Pruned pruned = cache.prune();
    call.answer(
        200,
        Json.object()
            .put("total_files_pruned", pruned.files())
            .put("total_bytes_pruned", pruned.bytes()));
  }

  private void nodes(Call call) throws IOException {
    check(call, "list_cached_nodes");
    Image image = images.visible(call.caller(), call.variable("image_id"));
    if (settings.selfUrl().isEmpty()) {
      throw ApiException.conflict(
          "Nodes do not say where they are reached: worker_self_reference_url is not set");
    }
    call.answer(200, Json.array(nodes.cachesOf(image.id())));
  }

  private int removeAllCached() throws IOException {
    int count = 0;
    for (ImageCache.Cached cached : cache.list()) {
      count += cache.remove(cached.imageId()) ? 1 : 0;
    }
    return count;
  }

  private int removeAllQueued() {
    return (int) cache.queued().stream().filter(cache::dequeue).count();
  }

  private void queueNew(Call call) throws IOException {
    images.found(call.caller(), call.variable("image_id"));
    check(call, "cache_image");
    queue(call);
    prefetch.run();
    call.answer(202);
  }

  private void queueOld(Call call) throws IOException {
    check(call, "manage_image_cache");
    queue(call);
    call.answer(200, NullNode.getInstance());
  }

  private void queue(Call call) {
    Image image = images.visible(call.caller(), call.variable("image_id"));
    if (!image.status().equals(Image.Status.ACTIVE)) {
      throw ApiException.badRequest("Only images with status active can be targeted for queueing");
    }
    cache.queue(image.id());
  }

  private void deleteEither(Call call) throws IOException {
    check(call, "cache_delete");
    String id = knownId(call.variable("image_id"));
    boolean cached = cache.remove(id);
    boolean queued = cache.dequeue(id);
    if (!cached && !queued) {
      images.found(call.caller(), id);
    }
    call.answer(204);
  }

  /** Only identifiers become names of files. */
  private static String knownId(String id) {
    if (!ImageIds.valid(id)) {
      throw ApiException.notFound("No image found with ID " + id);
    }
    return id;
  }

  private void listCached(Call call) throws IOException {
    check(call, "manage_image_cache");
    ObjectNode answer = Json.object();
    answer.set("cached_images", cached());
    call.answer(200, answer);
  }

  private void listQueued(Call call) throws IOException {
    check(call, "manage_image_cache");
    ObjectNode answer = Json.object();
    answer.set("queued_images", Json.array(cache.queued()));
    call.answer(200, answer);
  }

  private void deleteAllCached(Call call) throws IOException {
    check(call, "manage_image_cache");
    call.answer(200, Json.object().put("num_deleted", removeAllCached()));
  }

  private void deleteAllQueued(Call call) throws IOException {
    check(call, "manage_image_cache");
    call.answer(200, Json.object().put("num_deleted", removeAllQueued()));
  }

  private void deleteCached(Call call) throws IOException {
    check(call, "manage_image_cache");
    cache.remove(knownId(call.variable("image_id")));
    call.answer(200, NullNode.getInstance());
  }

  private void deleteQueued(Call call) throws IOException {
    check(call, "manage_image_cache");
    cache.dequeue(call.variable("image_id"));
    call.answer(200, NullNode.getInstance());
  }
}
