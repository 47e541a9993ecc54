package dev.platter.server.store;

import dev.platter.server.config.StoreConfig;
import dev.platter.server.db.Session;
import dev.platter.server.http.ApiException;
import dev.platter.server.image.Image;
import dev.platter.server.image.Location;
import dev.platter.server.image.LocationChanges;
import dev.platter.server.swift.ImageOwners;
import dev.platter.service.download.HttpGate;
import dev.platter.service.store.Store;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The stores that are configured, by their identifiers. */
public final class Stores implements LocationChanges.Registrar {
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final String defaultStore;
  private final boolean several;

  /** Tells where an image of an identifier would lie in a store. */
  @FunctionalInterface
  public interface Locations {
    String of(String imageId) throws IOException;
  }

  /**
   * A store and what the configuration says of it.
   *
   * @param locations where an image of an identifier would lie
   */
  public record Entry(Store store, StoreConfig config, Locations locations, int weight) {
    Entry(Store store, StoreConfig config, Locations locations) {
      this(store, config, locations, config.weight());
    }
  }

  /**
   * Opens the stores of the settings.
   *
   * @param gate lets requests to web servers through, for stores that are such
   * @param owners whose images are, for stores where that decides where they lie
   */
  public Stores(StoreSettings settings, HttpGate gate, ImageOwners owners) throws IOException {
    for (StoreSettings.One store : settings.all()) {
      entries.put(store.config().id(), store.opener().open(gate, owners));
    }
    defaultStore = settings.list().defaultStore();
    several = settings.list().several();
  }

  /** All of them, in the order of the configuration. */
  public Collection<Entry> all() {
    return entries.values();
  }

  /** Of which type a store is, in the configuration's words. */
  public Optional<String> kindOf(String id) {
    return Optional.ofNullable(entries.get(id)).map(entry -> entry.config().type());
  }

  public Optional<Store> find(String id) {
    return Optional.ofNullable(entries.get(id)).map(Entry::store);
  }

  /** The store of an identifier that a caller names. */
  public Store named(String id) {
    return find(id)
        .orElseThrow(
            () -> ApiException.conflict("Store '" + id + "' is not an enabled store on this API"));
  }

  /** The places where an image's data lie: those in stores of more weight first. */
  @Override
  public List<Location> inOrder(Image image) {
    List<Location> ordered = new ArrayList<>(image.locations());
    ordered.sort(Comparator.comparingInt(location -> -weight(location)));
    return ordered;
  }

  private int weight(Location location) {
    Entry entry = location.store() == null ? null : entries.get(location.store());
    return entry == null ? 0 : entry.weight();
  }

  /** Opens the data of an image in the first store that gives them; the caller closes them. */
  public Storage open(Image image) throws IOException {
    return open(image, List.of());
  }

  /**
   * The same, where some stores are to be tried before all others.
   *
   * @param preferred identifiers of stores, the first one first; those that are not known mean
   *     nothing
   */
  public Storage open(Image image, List<String> preferred) throws IOException {
    List<Location> ordered = inOrder(image);
    ordered.sort(
        Comparator.comparingInt(location -> {
          int place = preferred.indexOf(location.store());
          return place < 0 ? preferred.size() : place;
        }));
    IOException failure = null;
    for (Location location : ordered) {
      try {
        return find(location.store())
            .orElseThrow(() -> new IOException("there is no store " + location.store()))
            .open(location.url());
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    throw failure == null ? new IOException("image " + image.id() + " has no data") : failure;
  }

  /** Where an image lies in a store, or would lie. */
  public String locationIn(String store, String imageId) throws IOException {
    return entries.get(store).locations().of(imageId);
  }

  /** Only stores that read from the web take a place that a user names. */
  @Override
  public String storeOf(String url) {
    if (url.startsWith("http://") || url.startsWith("https://")) {
      for (Entry entry : entries.values()) {
        if (entry.config().type().equals("http")) {
          return entry.store().id();
        }
      }
    }
    return null;
  }

  @Override
  public void doom(Session session, Location location) throws SQLException {
    Reaper.doom(session, location);
  }

  @Override
  public long sizeOf(String store, String url) throws IOException {
    try (Storage data = entries.get(store).store().open(url)) {
      return data.size();
    }
  }

  public String defaultStore() {
    return defaultStore;
  }

  /** Whether callers may choose between stores. */
  public boolean several() {
    return several;
  }
}
