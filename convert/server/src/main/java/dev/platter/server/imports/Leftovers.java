package dev.platter.server.imports;

import dev.platter.server.image.Image;
import dev.platter.server.image.Location;
import dev.platter.server.store.Stores;
import dev.platter.service.store.Store;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** Removes data from stores that work which did not end well has left, and no record speaks of. */
final class Leftovers {
  private static final System.Logger LOG = System.getLogger(Leftovers.class.getName());

  private final Stores stores;

  Leftovers(Stores stores) {
    this.stores = stores;
  }

  /**
   * Call it while the image is still kept for the work: whoever is let at it again may bring new
   * data at once.
   *
   * @param image its record; empty: it was deleted
   * @param targets the stores that may have something
   */
  void remove(String imageId, Optional<Image> image, List<Store> targets) {
    Set<String> known =
        image.filter(Leftovers::stays).stream()
            .flatMap(found -> found.locations().stream())
            .map(Location::url)
            .collect(Collectors.toSet());
    for (Store store : targets) {
      try {
        String location = stores.locationIn(store.id(), imageId);
        if (!store.readOnly()) {
          store.removeUnfinished(imageId);
        }
        if (!store.readOnly() && !known.contains(location) && store.exists(location)) {
          store.delete(location);
          LOG.log(
              System.Logger.Level.INFO,
              "what an import left of image {0} in store {1} is removed",
              imageId,
              store.id());
        }
      } catch (IOException e) {
        LOG.log(
            System.Logger.Level.WARNING,
            "image " + imageId + " may have left data in store " + store.id(),
            e);
      }
    }
  }

  /** Of others the record forgets where data are. */
  private static boolean stays(Image image) {
    return Set.of(Image.Status.ACTIVE, Image.Status.DEACTIVATED).contains(image.status());
  }
}
