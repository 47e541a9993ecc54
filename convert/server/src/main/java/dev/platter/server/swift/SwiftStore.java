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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Images as objects in Swift, large ones in segments, where Glance keeps them and where it finds
 * them: {@code swift+config://REFERENCE/CONTAINER/IMAGE}. Locations that name a user, which Glance
 * makes without a file of references, are understood where that user is one of the references.
 */
public final class SwiftStore implements Store {
  private static final String CONFIG = "swift+config://";

  private final SwiftSettings settings;
  private final Map<String, SwiftConnection> connections = new LinkedHashMap<>();

  private SwiftStore(SwiftSettings settings) throws IOException {
    this.settings = settings;
    Network network = settings.network();
    HttpRequests http = new HttpRequests(network.tls(), network.timeout());
    for (SwiftReference reference : settings.references().values()) {
      SwiftAccount account =
          reference.version() == 3
              ? KeystoneAccount.of(reference, network)
              : new TempAuthAccount(reference, network, http);
      connections.put(reference.name(), new SwiftConnection(id(), account, http));
    }
  }

  /** A store as its settings describe it; nobody is asked yet. */
  public static SwiftStore create(SwiftSettings settings) throws IOException {
    return new SwiftStore(settings);
  }

  /** An image's place. */
  private record Place(SwiftConnection connection, String container, String imageId) {
    String path() {
      return SwiftConnection.path(container, imageId);
    }
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
  public String locationOf(String imageId) {
    return CONFIG
        + settings.reference().name()
        + "/"
        + settings.containers().of(ImageIds.checked(imageId))
        + "/"
        + imageId;
  }

  private SwiftConnection usual() {
    return connections.get(settings.reference().name());
  }

  private Place place(String location) throws StoreException {
    SwiftLocation parsed = SwiftLocation.parse(location);
    if (parsed != null
        && ImageIds.valid(parsed.object())
        && settings.containers().mayHave(parsed.container(), parsed.object())) {
      for (SwiftReference reference : settings.references().values()) {
        if (parsed.isOf(reference)) {
          return new Place(connections.get(reference.name()), parsed.container(), parsed.object());
        }
      }
    }
    // A location may have a password in it.
    throw new StoreException(
        Kind.NOT_FOUND,
        id(),
        "no location of this store: "
            + (location.startsWith(CONFIG) ? location : "one of another user or container"));
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    String location = locationOf(imageId);
    Place place = place(location);
    if (exists(place)) {
      throw new StoreException(Kind.DUPLICATE, id(), "it has image " + imageId + " already");
    }
    provideContainer(place);
    return new SwiftWriter(
        place.connection(),
        id(),
        place.container(),
        imageId,
        location,
        settings.segments(),
        expectedSize);
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
    Answer made = place.connection().put(path, Map.of(), new byte[0]);
    if (made.status() / 100 != 2) {
      throw place.connection().refusal(made.status());
    }
  }

  @Override
  public Storage open(String location) throws IOException {
    Place place = place(location);
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
    return exists(place(location));
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
    SwiftConnection connection = usual();
    String prefix = SwiftConnection.encoded(settings.containers().name());
    for (JsonNode container : list(connection, "", prefix)) {
      String name = container.path("name").asText();
      if (settings.containers().has(name)) {
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
    Place place = place(location);
    return new SwiftRemoval(place.connection(), place.container()).image(place.imageId());
  }

  @Override
  public void removeUnfinished(String imageId) throws IOException {
    Place place = place(locationOf(imageId));
    new SwiftRemoval(place.connection(), place.container()).unfinished(place.imageId());
  }
}
