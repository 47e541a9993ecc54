package dev.platter.server.swift;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.client.HttpRequests;
import dev.platter.server.client.HttpRequests.Answer;
import dev.platter.server.http.Json;
import dev.platter.server.swift.SwiftSettings.Network;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Images as objects in Swift, large ones in segments, where Glance keeps them and where it finds
 * them: in the accounts that the settings name, or in those of the images' owners.
 */
public final class SwiftStore implements Store {
  private final SwiftSettings settings;
  private final Places places;

  private SwiftStore(SwiftSettings settings, Places places) {
    this.settings = settings;
    this.places = places;
  }

  /**
   * A store as its settings describe it; nobody is asked yet.
   *
   * @param owners whose images are, where they lie in the accounts of their owners
   */
  public static SwiftStore create(SwiftSettings settings, ImageOwners owners) throws IOException {
    Network network = settings.network();
    HttpRequests http = new HttpRequests(network.tls(), network.timeout());
    return new SwiftStore(
        settings,
        settings.multiTenant()
            ? new OwnerPlaces(settings, http, owners)
            : new ReferencePlaces(settings, http));
  }

  @Override
  public String id() {
    return settings.config().id();
  }

  @Override
  public String description() {
    return settings.config().description();
  }

  /** The container of images, or what the names of all begin with. */
  public String container() {
    return settings.containers().name();
  }

  /** Images from this size on are sent in segments, bytes. */
  public long largeObjectSize() {
    return settings.segments().threshold();
  }

  /** How large segments are, bytes; those of very large images are larger. */
  public long largeObjectChunkSize() {
    return settings.segments().size();
  }

  /** Where an image of this identifier lies. */
  public String locationOf(String imageId) throws IOException {
    return places.locationOf(imageId);
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    String location = locationOf(imageId);
    Place place = places.at(location);
    if (exists(place)) {
      throw new StoreException(Kind.DUPLICATE, id(), "it has image " + imageId + " already");
    }
    provideContainer(place);
    return new SwiftWriter(place, id(), location, settings.segments(), expectedSize);
  }

  private void provideContainer(Place place) throws StoreException {
    String path = SwiftConnection.path(place.container(), "");
    Answer head = place.connection().ask("HEAD", path);
    if (head.status() / 100 == 2) {
      return;
    }
    if (head.status() != 404) {
      throw place.connection().refusal(head.status());
    }
    if (!settings.createContainer()) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          id(),
          "there is no container "
              + place.container()
              + "; swift_store_create_container_on_put would have it made");
    }
    Answer made = place.connection().put(path, readers(), new byte[0]);
    if (made.status() / 100 != 2) {
      throw place.connection().refusal(made.status());
    }
  }

  /** Who else may read and write a container in the account of an image's owner. */
  private Map<String, String> readers() {
    String projects =
        String.join(",", settings.adminTenants().stream().map(name -> name + ":*").toList());
    return settings.multiTenant() && !projects.isEmpty()
        ? Map.of("X-Container-Read", projects, "X-Container-Write", projects)
        : Map.of();
  }

  @Override
  public Storage open(String location) throws IOException {
    Place place = places.at(location);
    Answer head = place.connection().ask("HEAD", place.path());
    if (head.status() == 404) {
      throw new StoreException(Kind.NOT_FOUND, id(), "there is no image " + place.imageId());
    }
    if (head.status() != 200 || SwiftNames.sizeOf(head) < 0) {
      throw place.connection().refusal(head.status());
    }
    return new SwiftStorage(
        "image " + place.imageId() + " in store '" + id() + "'",
        place.connection(),
        place.path(),
        SwiftNames.sizeOf(head),
        SwiftNames.tagOf(head),
        settings.network().attempts());
  }

  @Override
  public boolean exists(String location) throws IOException {
    return exists(places.at(location));
  }

  private static boolean exists(Place place) throws StoreException {
    int status = place.connection().ask("HEAD", place.path()).status();
    if (status != 200 && status != 404) {
      throw place.connection().refusal(status);
    }
    return status == 200;
  }

  @Override
  public boolean holdsImages() throws IOException {
    SwiftConnection connection = places.own();
    String prefix = SwiftConnection.encoded(settings.containers().name());
    for (JsonNode container : list(connection, "", prefix)) {
      String name = container.path("name").asText();
      if (settings.containers().has(name)
          || settings.multiTenant() && name.startsWith(settings.containers().name() + "_")) {
        for (JsonNode object : list(connection, SwiftConnection.path(name, ""), "")) {
          if (ImageIds.valid(object.path("name").asText())) {
            return true;
          }
        }
      }
    }
    return false;
  }

  private static JsonNode list(SwiftConnection connection, String path, String prefix)
      throws StoreException {
    Answer answer = connection.ask("GET", path + "?format=json&limit=1000&prefix=" + prefix);
    if (answer.status() == 204 || answer.status() == 404) {
      return Json.array();
    }
    if (answer.status() != 200) {
      throw connection.refusal(answer.status());
    }
    try {
      return Json.parse(answer.text());
    } catch (JsonProcessingException e) {
      throw connection.unavailable(new IOException("Swift answers what is no JSON"));
    }
  }

  @Override
  public boolean delete(String location) throws IOException {
    Place place = places.at(location);
    return place.removal().image(place.imageId());
  }

  @Override
  public void removeUnfinished(String imageId) throws IOException {
    places.at(locationOf(imageId)).removal().unfinished(imageId);
  }
}
