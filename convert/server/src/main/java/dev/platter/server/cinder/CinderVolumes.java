package dev.platter.server.cinder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.service.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The volumes of the store's project. For any thread. */
final class CinderVolumes {
  /** The keys of metadata that Glance sets, and of what is no image yet: the upload's mark. */
  static final String IMAGE_ID = "glance_image_id";

  static final String IMAGE_SIZE = "image_size";
  static final String UNFINISHED = "platter_unfinished";

  /** States of a volume that somebody had, and that is to be available. */
  static final Set<String> DETACHING = Set.of("in-use", "attaching", "reserved", "detaching");

  private static final int PAGE = 200;
  private static final int MOST_PAGES = 10_000;
  private static final long FIRST_LOOK_MILLIS = 5;
  private static final long LAST_LOOK_MILLIS = 2000;

  private final CinderRequests requests;
  private final CinderSettings settings;

  CinderVolumes(CinderRequests requests, CinderSettings settings) {
    this.requests = requests;
    this.settings = settings;
  }

  /**
   * A volume.
   *
   * @param gibibytes its size
   */
  record Volume(
      String id,
      String name,
      String status,
      long gibibytes,
      boolean encrypted,
      Map<String, String> metadata) {
    /** Whether it is an image, all of it, and not about to go. */
    boolean isImage() {
      return metadata.containsKey(IMAGE_ID)
          && !metadata.containsKey(UNFINISHED)
          && !Set.of("deleting", "error_deleting").contains(status);
    }

    boolean isUnfinished(String mark) {
      return mark.equals(metadata.get(UNFINISHED));
    }
  }

  private static Volume read(JsonNode node) {
    Map<String, String> metadata = new HashMap<>();
    node.path("metadata")
        .properties()
        .forEach(entry -> metadata.put(entry.getKey(), entry.getValue().asText()));
    return new Volume(
        node.path("id").asText(),
        node.path("name").asText(),
        node.path("status").asText(),
        node.path("size").asLong(),
        node.path("encrypted").asBoolean(),
        metadata);
  }

  /** What the volume of an image is called. */
  static String nameOf(String imageId) {
    return "image-" + imageId;
  }

  Optional<Volume> find(String id) throws StoreException {
    Answer answer = requests.repeated("GET", "/volumes/" + id);
    return answer.status() == 404
        ? Optional.empty()
        : Optional.of(read(requests.json(answer).path("volume")));
  }

  private Volume mustFind(String id) throws StoreException {
    return find(id).orElseThrow(() -> requests.failure("the volume " + id + " has gone"));
  }

  /** All volumes of an image, those of uploads that failed among them. */
  List<Volume> of(String imageId) throws StoreException {
    return list("&name=" + nameOf(imageId)).stream()
        .filter(each -> each.name().equals(nameOf(imageId)))
        .filter(each -> imageId.equals(each.metadata().get(IMAGE_ID)))
        .toList();
  }

  /** All volumes. */
  List<Volume> all() throws StoreException {
    return list("");
  }

  private List<Volume> list(String filter) throws StoreException {
    List<Volume> all = new ArrayList<>();
    String marker = "";
    for (int pages = 0; pages < MOST_PAGES; pages++) {
      String path = "/volumes/detail?limit=" + PAGE + filter + marker;
      List<Volume> page = new ArrayList<>();
      JsonNode answer = requests.json(requests.repeated("GET", path));
      answer.path("volumes").forEach(node -> page.add(read(node)));
      all.addAll(page);
      if (page.isEmpty() || answer.path("volumes_links").isEmpty()) {
        return all;
      }
      marker = "&marker=" + page.getLast().id();
    }
    throw requests.failure("Cinder's list of volumes does not end");
  }

  /**
   * Makes a volume, and waits for it.
   *
   * @param mark that no other upload has
   */
  Volume create(String imageId, long gibibytes, String mark) throws StoreException {
    ObjectNode body = Json.object();
    ObjectNode volume = body.putObject("volume");
    volume.put("size", gibibytes).put("name", nameOf(imageId));
    settings.volumeType().ifPresent(type -> volume.put("volume_type", type));
    volume.putObject("metadata").put(IMAGE_ID, imageId).put(UNFINISHED, mark);
    Volume made = made(imageId, mark, body);
    try {
      return await(made.id(), Set.of("creating"), "available");
    } catch (StoreException e) {
      try {
        delete(made);
      } catch (StoreException left) {
        e.addSuppressed(left);
      }
      throw e;
    }
  }

  /** An answer may be lost, and there be a volume all the same: then it is not made twice. */
  private Volume made(String imageId, String mark, JsonNode body) throws StoreException {
    for (int attempt = 1; ; attempt++) {
      StoreException failure;
      try {
        Answer answer = requests.once("POST", "/volumes", body);
        if (answer.status() / 100 == 2) {
          return read(requests.json(answer).path("volume"));
        }
        failure = requests.refusal(answer);
        if (answer.status() < 500 || failure.kind() == StoreException.Kind.FULL) {
          throw failure;
        }
      } catch (StoreException e) {
        if (e.getCause() == null) {
          throw e; // an answer, which is one
        }
        failure = e;
      }
      for (Volume volume : of(imageId)) {
        if (volume.isUnfinished(mark)) {
          return volume;
        }
      }
      if (attempt >= settings.network().attempts()) {
        throw failure;
      }
    }
  }

  /**
   * Waits for a volume to leave some states.
   *
   * @throws StoreException if that takes too long, or ends in another state than is expected
   */
  Volume await(String id, Set<String> passing, String expected) throws StoreException {
    Volume now =
        awaitEnd(id, passing).orElseThrow(() -> requests.failure("the volume " + id + " has gone"));
    if (!now.status().equals(expected)) {
      String message =
          "volume %s of %d GiB is %s, expected %s"
              .formatted(id, now.gibibytes(), now.status(), expected);
      throw now.status().equals("error_extending")
          ? requests.full(message)
          : requests.failure(message);
    }
    return now;
  }

  /** The same, whatever state comes then; empty: it is gone. */
  Optional<Volume> awaitEnd(String id, Set<String> passing) throws StoreException {
    long end = System.nanoTime() + settings.network().transition().toNanos();
    for (long pause = FIRST_LOOK_MILLIS; ; pause = Math.min(2 * pause, LAST_LOOK_MILLIS)) {
      Optional<Volume> now = find(id);
      if (now.filter(volume -> passing.contains(volume.status())).isEmpty()) {
        return now;
      }
      if (System.nanoTime() - end > 0) {
        throw late(now.get());
      }
      requests.pause(pause);
    }
  }

  private StoreException late(Volume volume) {
    Duration longest = settings.network().transition();
    return requests.failure(
        "volume %s is still %s after %d seconds (cinder_state_transition_timeout)"
            .formatted(volume.id(), volume.status(), longest.toSeconds()));
  }

  /** Makes a volume that is not attached larger. */
  Volume extend(Volume volume, long gibibytes) throws StoreException {
    ObjectNode body = Json.object();
    body.putObject("os-extend").put("new_size", gibibytes);
    Answer answer = requests.repeated("POST", "/volumes/" + volume.id() + "/action", body);
    if (answer.status() / 100 != 2) {
      // A request that was lost may have been heard.
      Volume now = mustFind(volume.id());
      if (!now.status().equals("extending") && now.gibibytes() != gibibytes) {
        throw requests.refusal(answer);
      }
    }
    Volume extended = await(volume.id(), Set.of("extending"), "available");
    if (extended.gibibytes() != gibibytes) {
      throw requests.full(
          "volume %s has %d GiB, not %d, after it was extended"
              .formatted(volume.id(), extended.gibibytes(), gibibytes));
    }
    return extended;
  }

  /** Lets nobody attach it to write any more. */
  void protect(Volume volume) throws StoreException {
    ObjectNode body = Json.object();
    body.putObject("os-update_readonly_flag").put("readonly", true);
    Answer answer = requests.repeated("POST", "/volumes/" + volume.id() + "/action", body);
    if (answer.status() / 100 != 2) {
      throw requests.refusal(answer);
    }
  }

  /** Makes a volume an image: from here on it is one. */
  void finish(Volume volume, String imageId, long size) throws StoreException {
    ObjectNode body = Json.object();
    body.putObject("metadata").put(IMAGE_ID, imageId).put(IMAGE_SIZE, Long.toString(size));
    Answer answer = requests.repeated("PUT", "/volumes/" + volume.id() + "/metadata", body);
    if (answer.status() / 100 != 2) {
      throw requests.refusal(answer);
    }
    Volume now = mustFind(volume.id());
    if (!now.isImage() || !Long.toString(size).equals(now.metadata().get(IMAGE_SIZE))) {
      throw requests.failure("Cinder does not keep the metadata of volume " + volume.id());
    }
  }

  /**
   * Deletes a volume, and waits until it is gone.
   *
   * @return whether it was there
   */
  boolean delete(Volume volume) throws StoreException {
    Answer answer = requests.repeated("DELETE", "/volumes/" + volume.id());
    if (answer.status() == 404) {
      return false;
    }
    Optional<Volume> now = find(volume.id());
    boolean begun = now.filter(each -> !each.status().equals("deleting")).isEmpty();
    if (answer.status() / 100 != 2 && !begun) {
      throw requests.refusal(answer);
    }
    Optional<Volume> left = awaitEnd(volume.id(), Set.of("deleting"));
    if (left.isPresent()) {
      throw requests.failure(
          "volume %s is %s, and should be deleted".formatted(volume.id(), left.get().status()));
    }
    return true;
  }
}
