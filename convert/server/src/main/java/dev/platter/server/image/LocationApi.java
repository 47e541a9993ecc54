package dev.platter.server.image;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Json;
import dev.platter.server.http.Router;
import dev.platter.server.identity.Caller;
import dev.platter.service.download.UriFilter;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Optional;
import java.util.Set;

/** Where the data of an image lie: telling it to services, and taking data that lie somewhere. */
public final class LocationApi {
  private static final String LOCATIONS = "/v2/images/{image_id}/locations";

  private final Images images;
  private final LocationChanges.Registrar registrar;
  private final UriFilter filter;
  private final Starter starter;

  /** Begins to take data in that lie somewhere already. */
  @FunctionalInterface
  public interface Starter {
    /**
     * @param validation what the data's digests are said to be
     * @throws ApiException if the image's state has changed meanwhile
     */
    void start(Image image, Location location, Optional<ValidationData> validation, Caller caller);
  }

  /**
   * @param filter which URIs may be fetched
   */
  public LocationApi(
      Images images, LocationChanges.Registrar registrar, UriFilter filter, Starter starter) {
    this.filter = filter;
    this.images = images;
    this.registrar = registrar;
    this.starter = starter;
  }

  public void addTo(Router router) {
    router.get(LOCATIONS, this::list).post(LOCATIONS, this::add);
  }

  private void list(Call call) throws IOException {
    Image image = images.found(call.caller(), call.variable("image_id"));
    images.require("fetch_image_location", call.caller(), image);
    ArrayNode list = Json.array();
    for (Location location : registrar.inOrder(images.readable(call.caller(), image))) {
      list.addObject()
          .put("url", location.url())
          .set("metadata", Json.parseOwn(location.metadata()));
    }
    call.answer(200, Json.object().set("locations", list).path("locations"));
  }

  private void add(Call call) throws IOException {
    ObjectNode body = call.jsonObject();
    for (String name : (Iterable<String>) body::fieldNames) {
      if (!Set.of("url", "validation_data").contains(name)) {
        throw ApiException.badRequest(
            "Additional properties are not allowed ('" + name + "' was unexpected)");
      }
    }
    JsonNode url = body.path("url");
    if (!url.isTextual() || url.textValue().length() > Location.LONGEST_URL) {
      throw ApiException.badRequest("A url is expected, of at most 2048 characters");
    }
    Optional<ValidationData> validation = ValidationData.read(body.path("validation_data"), 400);
    Image image = images.found(call.caller(), call.variable("image_id"));
    images.require("add_image_location", call.caller(), image);
    if (!image.status().equals(Image.Status.QUEUED)) {
      throw ApiException.conflict(
          "It's not allowed to add locations if image status is " + image.status() + ".");
    }
    if (image.fields().diskFormat() == null || image.fields().containerFormat() == null) {
      throw ApiException.badRequest(
          "Properties disk_format, container_format must be set prior to saving data.");
    }
    String store = registrar.storeOf(url.textValue());
    if (store == null || !mayBeFetched(url.textValue())) {
      throw ApiException.badRequest("Invalid location");
    }
    starter.start(image, Location.in(store, url.textValue()), validation, call.caller());
    call.answer(202);
  }

  private boolean mayBeFetched(String url) {
    try {
      return filter.accepts(new URI(url));
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
