package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Json;
import dev.platter.server.identity.Caller;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Changes of the list of places where an image's data lie, made by users with a patch. */
public final class LocationChanges {
  private final boolean visible;
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

    /** How many bytes lie there. */
    long sizeOf(String store, String url) throws IOException;
  }

  /**
   * @param visible whether users see places; else they cannot change them
   */
  public LocationChanges(boolean visible, ImageLimits limits, Images images, Registrar registrar) {
    this.visible = visible;
    this.limits = limits;
    this.images = images;
    this.registrar = registrar;
  }

  void apply(
      Session session, Caller caller, Image image, ImageFields fields, List<ImagePatch> patches)
      throws SQLException {
    List<ImagePatch> changes = patches.stream().filter(ImagePatch::isLocation).toList();
    if (changes.isEmpty()) {
      return;
    }
    if (!visible) {
      throw ApiException.forbidden(
          "It's not allowed to add/remove/replace locations if locations are invisible.");
    }
    ArrayNode list = Json.array();
    for (Location location : image.locations()) {
      list.addObject()
          .put("url", location.url())
          .set("metadata", Json.parseOwn(location.metadata()));
    }
    changes.forEach(change -> change.applyToLocations(list));
    List<Location> after = new ArrayList<>();
    for (JsonNode element : list) {
      after.add(read(element, image));
    }
    limits.checkLocations(after.size());
    replace(session, caller, image, fields, after);
  }

  /** A place that the image had already is kept as it is; a new one must be readable. */
  private Location read(JsonNode element, Image image) {
    JsonNode url = element.path("url");
    JsonNode metadata = element.path("metadata");
    if (!url.isTextual() || !(metadata.isObject() || metadata.isMissingNode())) {
      throw ApiException.badRequest("Invalid location");
    }
    for (Location location : image.locations()) {
      if (location.url().equals(url.textValue())) {
        return location;
      }
    }
    String store = registrar.storeOf(url.textValue());
    if (store == null) {
      throw ApiException.badRequest("Invalid location");
    }
    return new Location(url.textValue(), store, Json.text(Json.object().put("store", store)));
  }

  private void replace(
      Session session, Caller caller, Image image, ImageFields fields, List<Location> after)
      throws SQLException {
    boolean hasData = image.status().equals(Image.Status.ACTIVE);
    if (!hasData && !image.status().equals(Image.Status.QUEUED)) {
      throw ApiException.conflict(
          "It's not allowed to change locations if image status is " + image.status() + ".");
    }
    if (hasData && after.isEmpty()) {
      throw ApiException.forbidden("Cannot delete the last location of an active image.");
    }
    for (Location location : image.locations()) {
      if (!after.contains(location)) {
        images.require("delete_image_location", caller, image);
        ImageTable.removeLocation(session, image.id(), location.url());
      }
    }
    for (Location location : after) {
      if (!image.locations().contains(location)) {
        images.require("set_image_location", caller, image);
        ImageTable.addLocation(session, image.id(), location);
        if (image.status().equals(Image.Status.QUEUED)) {
          activate(session, image, fields, location);
        }
      }
    }
  }

  private void activate(Session session, Image image, ImageFields fields, Location location)
      throws SQLException {
    if (fields.diskFormat() == null || fields.containerFormat() == null) {
      throw ApiException.badRequest(
          "Properties disk_format, container_format must be set prior to saving data.");
    }
    long size;
    try {
      size = registrar.sizeOf(location.store(), location.url());
    } catch (IOException e) {
      throw ApiException.badRequest("Invalid location");
    }
    if (size > limits.sizeCap()) {
      throw ApiException.tooLarge("Image exceeds the storage quota: the size limit is exceeded");
    }
    ImageTable.saveData(session, image.id(), new ImageData(size, null, null, null, null));
    ImageTable.changeStatus(session, image.id(), Image.Status.QUEUED, Image.Status.ACTIVE, null);
  }
}
