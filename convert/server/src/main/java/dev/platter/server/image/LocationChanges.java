package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import dev.platter.service.HashAlgorithm;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** Changes of the list of places where an image's data lie, made by users with a patch. */
public final class LocationChanges {
  private static final Set<String> CHANGEABLE = Set.of(Image.Status.QUEUED, Image.Status.ACTIVE);

  private final boolean visible;
  private final HashAlgorithm algorithm;
  private final ImageLimits limits;
  private final Images images;
  private final Registrar registrar;

  /** Knows the stores that take data that lie somewhere already. */
  public interface Registrar {
    /**
     * Finds the store that reads from a URL which a user names.
     *
     * @return the store's identifier; null when there is none, or when it reads no such URL
     */
    String storeOf(String url);

    /** The places of an image, the best one first, as callers see them. */
    List<Location> inOrder(Image image);

    /** Writes down that what lies there is to be deleted, where the store is ours to write to. */
    void doom(Session session, Location location) throws SQLException;

    /** How many bytes lie there. */
    long sizeOf(String store, String url) throws IOException;
  }

  /**
   * @param visible whether users see places; else they cannot change them
   * @param algorithm of the digests that they may say
   */
  public LocationChanges(
      boolean visible,
      HashAlgorithm algorithm,
      ImageLimits limits,
      Images images,
      Registrar registrar) {
    this.visible = visible;
    this.algorithm = algorithm;
    this.limits = limits;
    this.images = images;
    this.registrar = registrar;
  }

  /**
   * Asks how much lies at the places that are new: before any row is locked, as servers may be
   * slow.
   *
   * @return sizes by URL; a place that cannot be read is not there
   */
  Map<String, Long> measure(Caller caller, String id, List<ImagePatch> patches) {
    Set<String> urls = new LinkedHashSet<>();
    for (ImagePatch patch : patches) {
      if (visible && patch.isLocation() && patch.value() != null) {
        JsonNode places = patch.value().isArray() ? patch.value() : Json.array().add(patch.value());
        places.forEach(place -> urls.add(place.path("url").asText()));
      }
    }
    if (urls.isEmpty()) {
      return Map.of();
    }
    Image image = images.found(caller, id);
    image.locations().forEach(place -> urls.remove(place.url()));
    limits.checkLocations(urls.size());
    Map<String, Long> sizes = new HashMap<>();
    images.require("set_image_location", caller, image);
    urls.forEach(url -> size(url).ifPresent(size -> sizes.put(url, size)));
    return sizes;
  }

  private OptionalLong size(String url) {
    try {
      String store = registrar.storeOf(url);
      return store == null ? OptionalLong.empty() : OptionalLong.of(registrar.sizeOf(store, url));
    } catch (IOException e) {
      // What is wrong there is nobody's business who might look around so.
      return OptionalLong.empty();
    }
  }

  /**
   * @param sizes as they were measured
   */
  void apply(
      Session session,
      Caller caller,
      Image image,
      ImageFields fields,
      List<ImagePatch> patches,
      Map<String, Long> sizes)
      throws SQLException {
    List<ImagePatch> changes = patches.stream().filter(ImagePatch::isLocation).toList();
    if (changes.isEmpty()) {
      return;
    }
    if (!visible) {
      throw ApiException.forbidden(
          "It's not allowed to add/remove/replace locations if locations are invisible.");
    }
    Optional<ValidationData> validation = validation(changes, image);
    ArrayNode list = Json.array();
    for (Location location : registrar.inOrder(image)) { // positions mean what callers see
      list.addObject()
          .put("url", location.url())
          .set("metadata", Json.parseOwn(location.metadata()));
    }
    for (ImagePatch change : changes) {
      checkRemoval(change, list, image, caller);
      if (!CHANGEABLE.contains(image.status())) {
        throw ApiException.conflict(
            "It's not allowed to change locations if image status is " + image.status() + ".");
      }
      change.applyToLocations(list);
      checkReplacement(change, image);
    }
    List<Location> after = new ArrayList<>();
    Set<String> urls = new HashSet<>();
    for (JsonNode element : list) {
      Location location = read(element, image, sizes);
      if (!urls.add(location.url())) {
        throw ApiException.badRequest("The location " + location.url() + " already exists");
      }
      after.add(location);
    }
    limits.checkLocations(after.size());
    replace(session, caller, image, fields, after, validation, sizes);
  }

  /** What the caller says of digests: nothing, where the record says the same already. */
  private Optional<ValidationData> validation(List<ImagePatch> changes, Image image) {
    Optional<ValidationData> said = Optional.empty();
    for (ImagePatch change : changes) {
      for (JsonNode element : change.path().size() == 1 ? change.value() : Json.array()) {
        said = merged(said, element);
      }
      if (change.path().size() == 2 && change.value() != null) {
        said = merged(said, change.value());
      }
    }
    if (said.isEmpty() || said.get().agreesWith(image.data())) {
      return Optional.empty();
    }
    if (!said.get().algorithm().equals(algorithm)) {
      throw ApiException.conflict("os_hash_algo must be " + algorithm.apiName());
    }
    if (image.data().hashValue() != null) {
      throw ApiException.conflict("os_hash_value is already set with a different value");
    }
    if (!image.status().equals(Image.Status.QUEUED)) {
      throw ApiException.conflict(
          "New value(s) for os_hash_value may only be provided when image status is 'queued'");
    }
    return said;
  }

  private static Optional<ValidationData> merged(Optional<ValidationData> said, JsonNode element) {
    Optional<ValidationData> more = ValidationData.read(element.path("validation_data"), 409);
    if (said.isPresent() && more.isPresent() && !said.equals(more)) {
      throw ApiException.conflict("Conflicting values in validation_data");
    }
    return more.or(() -> said);
  }

  /** An image that can be used keeps a place. */
  private void checkRemoval(ImagePatch change, ArrayNode list, Image image, Caller caller) {
    if (change.value() != null) {
      boolean whole = change.path().size() == 1 && change.operation().equals("replace");
      if (whole && change.value().isArray() && change.value().isEmpty()) {
        throw ApiException.forbidden("Cannot set locations to empty list.");
      }
      return;
    }
    images.require("delete_image_location", caller, image);
    if (!image.status().equals(Image.Status.ACTIVE)) {
      throw ApiException.conflict(
          "It's not allowed to remove locations if image status is " + image.status() + ".");
    }
    if (list.size() == 1) {
      throw ApiException.forbidden("Cannot remove last location in the image.");
    }
  }

  /** Places are not exchanged for others: what an image is stays as it is. */
  private static void checkReplacement(ImagePatch change, Image image) {
    if (change.path().size() > 1 || change.value().isEmpty() || image.locations().isEmpty()) {
      return;
    }
    Set<String> before = new HashSet<>();
    image.locations().forEach(location -> before.add(location.url()));
    Set<String> after = new HashSet<>();
    change.value().forEach(element -> after.add(element.path("url").textValue()));
    if (!before.equals(after)) {
      throw ApiException.badRequest("Original locations is not empty");
    }
  }

  /** A place that the image had already is kept where it is; a new one must be readable. */
  private Location read(JsonNode element, Image image, Map<String, Long> sizes) {
    JsonNode url = element.path("url");
    JsonNode metadata = element.path("metadata");
    if (!url.isTextual() || !(metadata instanceof ObjectNode)) {
      throw ApiException.badRequest("Invalid location: a url and metadata are expected");
    }
    if (url.textValue().length() > Location.LONGEST_URL) {
      throw ApiException.badRequest("Invalid location: the url is too long");
    }
    String store = null;
    for (Location location : image.locations()) {
      if (location.url().equals(url.textValue())) {
        store = location.store();
      }
    }
    if (store == null) {
      store = registrar.storeOf(url.textValue());
    }
    boolean known = image.locations().stream().anyMatch(p -> p.url().equals(url.textValue()));
    if (store == null || !known && sizes.getOrDefault(url.textValue(), 0L) == 0) {
      throw ApiException.badRequest("Invalid location");
    }
    String text = Json.text(((ObjectNode) metadata.deepCopy()).put("store", store));
    if (text.length() > Location.LONGEST_METADATA) {
      throw ApiException.tooLarge("Invalid location: the metadata are too large");
    }
    return new Location(url.textValue(), store, text);
  }

  private void replace(
      Session session,
      Caller caller,
      Image image,
      ImageFields fields,
      List<Location> after,
      Optional<ValidationData> validation,
      Map<String, Long> sizes)
      throws SQLException {
    if (image.status().equals(Image.Status.ACTIVE) && after.isEmpty()) {
      throw ApiException.forbidden("Cannot delete the last location of an active image.");
    }
    Set<String> urls = new HashSet<>();
    after.forEach(location -> urls.add(location.url()));
    Set<String> before = new HashSet<>();
    for (Location location : image.locations()) {
      before.add(location.url());
      if (!urls.contains(location.url())) {
        images.require("delete_image_location", caller, image);
        registrar.doom(session, location);
      }
      ImageTable.removeLocation(session, image.id(), location.url());
    }
    for (Location location : after) {
      if (!image.locations().contains(location)) {
        images.require("set_image_location", caller, image);
      }
      ImageTable.addLocation(session, image.id(), location);
      if (image.status().equals(Image.Status.QUEUED) && !before.contains(location.url())) {
        activate(session, image, fields, sizes.get(location.url()), validation);
      }
    }
  }

  private void activate(
      Session session,
      Image image,
      ImageFields fields,
      long size,
      Optional<ValidationData> validation)
      throws SQLException {
    if (fields.diskFormat() == null || fields.containerFormat() == null) {
      throw ApiException.badRequest(
          "Properties disk_format, container_format must be set prior to saving data.");
    }
    if (size > limits.sizeCap()) {
      throw ApiException.tooLarge("Image exceeds the storage quota: the size limit is exceeded");
    }
    ImageData data =
        validation.map(said -> said.data(size)).orElse(new ImageData(size, null, null, null, null));
    ImageTable.saveData(session, image.id(), data);
    ImageTable.changeStatus(session, image.id(), Image.Status.QUEUED, Image.Status.ACTIVE, null);
  }
}
