package dev.platter.server.migrate;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.http.Json;
import dev.platter.server.image.Location;
import dev.platter.server.store.Stores;
import dev.platter.service.store.StoreException;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Finds the stores that have what Glance's locations name, where it lies, and looks whether it is
 * there. Any number of threads may use it.
 */
final class Places {
  /** Types of stores, by the schemes of Glance's locations. */
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("file", "file"),
          Map.entry("filesystem", "file"),
          Map.entry("cinder", "cinder"),
          Map.entry("rbd", "rbd"),
          Map.entry("vsphere", "vmware"),
          Map.entry("swift", "swift"),
          Map.entry("swift+http", "swift"),
          Map.entry("swift+https", "swift"),
          Map.entry("swift+config", "swift"),
          Map.entry("s3", "s3"),
          Map.entry("s3+http", "s3"),
          Map.entry("s3+https", "s3"),
          Map.entry("http", "http"),
          Map.entry("https", "http"));

  private static final int LONGEST_URL = 2048;
  private static final int LONGEST_METADATA = 65_535;

  private final Stores stores;
  private final Owners owners;
  private final Optional<LocationKey> key;

  /**
   * @param owners whom the stores ask whose an image is
   * @param key opens locations that are encrypted
   */
  Places(Stores stores, Owners owners, Optional<LocationKey> key) {
    this.stores = stores;
    this.owners = owners;
    this.key = key;
  }

  /** Where an image's data lie for us, and what is wrong with places that cannot be used. */
  record Found(List<Location> usable, List<String> problems) {}

  /**
   * Looks at all places of an image.
   *
   * @param size how many bytes there have to be; null: nobody knows
   */
  Found find(GlanceImage image, Long size) {
    List<Location> usable = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    for (GlanceImage.Place place : image.places) {
      try {
        Location location = find(place, size);
        if (usable.stream().noneMatch(other -> other.url().equals(location.url()))) {
          usable.add(location);
        }
      } catch (BadValueException e) {
        problems.add(e.getMessage());
      }
    }
    return new Found(usable, problems);
  }

  private Location find(GlanceImage.Place place, Long size) throws BadValueException {
    String url = place.url();
    if (key.isPresent()) {
      url = key.get().open(url);
    } else if (!url.contains("://")) {
      throw new BadValueException(
          "a location is encrypted or none: --key-file with Glance's metadata_encryption_key opens it");
    }
    if (url.length() > LONGEST_URL) {
      throw new BadValueException("a location has more than " + LONGEST_URL + " characters");
    }
    ObjectNode metadata = metadata(place);
    String scheme = url.substring(0, url.indexOf("://")).toLowerCase(Locale.ROOT);
    String type = TYPES.get(scheme);
    if (type == null) {
      throw new BadValueException("no store here reads locations of " + scheme + "://");
    }
    List<String> why = new ArrayList<>();
    for (Stores.Entry entry : candidates(metadata.path("store").asText(""), type)) {
      String own = type.equals("s3") ? ownS3(url, entry.config()) : url;
      String problem =
          own == null
              ? "store '%s': has another bucket or endpoint than %s"
                  .formatted(entry.store().id(), shown(url))
              : look(entry, own, size);
      if (problem == null) {
        return located(own, entry.store().id(), metadata);
      }
      why.add(problem);
    }
    throw new BadValueException(
        why.isEmpty()
            ? "%s: no store of the type %s is configured here".formatted(shown(url), type)
            : String.join("; ", why));
  }

  private static Location located(String url, String store, ObjectNode metadata)
      throws BadValueException {
    if (metadata.has("store")) {
      metadata.put("store", store);
    }
    String text = Json.text(metadata);
    if (text.length() > LONGEST_METADATA) {
      throw new BadValueException("what is said of a location is too long");
    }
    return new Location(url, store, text);
  }

  private static ObjectNode metadata(GlanceImage.Place place) throws BadValueException {
    JsonNode said =
        new Value("what is said of a location", place.metadata())
            .json(LONGEST_METADATA, Json.object());
    if (!(said instanceof ObjectNode object)) {
      throw new BadValueException("what is said of a location is no JSON object");
    }
    if (object.path("backend").isTextual() && !object.has("store")) {
      object.set("store", object.remove("backend")); // Glance's older name of the same
    }
    return object;
  }

  /** The store of the name that Glance gives, if it is here; else all of the type. */
  private List<Stores.Entry> candidates(String named, String type) {
    List<Stores.Entry> fitting =
        stores.all().stream().filter(entry -> entry.config().type().equals(type)).toList();
    List<Stores.Entry> same =
        fitting.stream().filter(entry -> entry.store().id().equals(named)).toList();
    return same.isEmpty() ? fitting : same;
  }

  /** What is wrong with what lies there; null: nothing. */
  private static String look(Stores.Entry entry, String url, Long size) {
    String store = "store '" + entry.store().id() + "': ";
    try (Storage data = entry.store().open(url)) {
      return size == null || data.size() == size
          ? null
          : "%s%s has %d bytes, %d are recorded".formatted(store, shown(url), data.size(), size);
    } catch (StoreException e) {
      return e.getMessage().replace(url, shown(url));
    } catch (IOException | RuntimeException e) {
      return store + String.valueOf(e.getMessage()).replace(url, shown(url));
    }
  }

  /**
   * Glance's locations name endpoint and keys, {@code s3://KEY:SECRET@HOST/BUCKET/OBJECT}; ours the
   * bucket, the rest being the store's settings.
   *
   * @return null if it is one of another store
   */
  private static String ownS3(String url, StoreConfig config) {
    String rest = url.substring(url.indexOf("://") + 3);
    int object = rest.lastIndexOf('/');
    int bucket = object <= 0 ? -1 : rest.lastIndexOf('/', object - 1);
    if (bucket <= 0) {
      return null;
    }
    String host = rest.substring(rest.lastIndexOf('@', bucket) + 1, bucket);
    String own = config.text("s3_store_host", "").replaceFirst("^https?://", "");
    String name = rest.substring(bucket + 1, object);
    return name.equals(config.text("s3_store_bucket", ""))
            && host.equals(own.endsWith("/") ? own.substring(0, own.length() - 1) : own)
        ? "s3://" + name + "/" + rest.substring(object + 1)
        : null;
  }

  /** A location without what opens it. */
  static String shown(String url) {
    int slashes = url.indexOf("://");
    int user = url.lastIndexOf('@');
    String shown =
        user > slashes && slashes >= 0
            ? url.substring(0, slashes + 3) + "***" + url.substring(user)
            : url;
    int query = shown.indexOf('?');
    return query < 0 ? shown : shown.substring(0, query + 1) + "***";
  }

  /**
   * Stores in which something lies that was on its way when Glance ended: nobody's now.
   *
   * @param owner the image's project; null: it is nobody's
   */
  List<String> leftovers(String imageId, String owner) {
    List<String> found = new ArrayList<>();
    owners.note(imageId, owner);
    try {
      for (Stores.Entry entry : stores.all()) {
        if (entry.store().readOnly()) {
          continue;
        }
        try {
          String url = entry.locations().of(imageId);
          if (entry.store().exists(url)) {
            found.add(shown(url));
          }
        } catch (IOException | RuntimeException e) {
          // A store that is away has nothing that could be in the way now.
        }
      }
    } finally {
      owners.forget(imageId);
    }
    return found;
  }
}
