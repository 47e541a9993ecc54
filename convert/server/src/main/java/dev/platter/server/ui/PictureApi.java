package dev.platter.server.ui;

import dev.platter.image.ImageException;
import dev.platter.server.cache.ImageCache;
import dev.platter.server.http.ApiException;
import dev.platter.server.http.Call;
import dev.platter.server.http.Router;
import dev.platter.server.image.Image;
import dev.platter.server.image.Images;
import dev.platter.server.image.Location;
import dev.platter.server.store.Stores;
import dev.platter.server.turn.FairTurns;
import dev.platter.service.DiskPictures;
import dev.platter.service.ImportException;
import dev.platter.service.inspect.FormatNames;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Pictures of the disks in images, for whoever may download them. An image is looked at where that
 * is cheap: in a directory, in Ceph, or in this node's cache.
 */
public final class PictureApi {
  /** Kinds of stores of which parts here and there are read at little cost. */
  private static final Set<String> NEAR = Set.of("file", "rbd");

  /** How many pictures are kept in memory, each of at most a hundred KiB. */
  private static final int KEPT = 50;

  private final Images images;
  private final Stores stores;
  private final ImageCache cache;
  private final DiskPictures pictures;
  private final FairTurns turns;

  /** What is drawn: data are not changed under an identifier, but may be replaced. */
  private record Key(String title, String imageId, String diskFormat, Long size, String checksum) {}

  private final Map<Key, String> kept =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, String> eldest) {
          return size() > KEPT;
        }
      };

  /**
   * @param turns those of downloads: to look at a disk is to read it
   */
  public PictureApi(
      Images images, Stores stores, ImageCache cache, DiskPictures pictures, FairTurns turns) {
    this.images = images;
    this.stores = stores;
    this.cache = cache;
    this.pictures = pictures;
    this.turns = turns;
  }

  public void addTo(Router router) {
    router.get("/v2/images/{image_id}/picture", this::draw);
  }

  private void draw(Call call) throws IOException {
    Image image = images.downloadable(call.caller(), call.variable("image_id"));
    String picture = picture(call, image);
    // Whoever opens it as a page of its own gets a picture that can do nothing.
    call.withHeader("Content-Security-Policy", "default-src 'none'; sandbox")
        .withHeader("X-Content-Type-Options", "nosniff")
        .withHeader("Cache-Control", "private, no-cache")
        .answer(200, "image/svg+xml; charset=UTF-8", picture.getBytes(StandardCharsets.UTF_8));
  }

  private String picture(Call call, Image image) throws IOException {
    String format = image.fields().diskFormat();
    String container = image.fields().containerFormat();
    boolean there =
        Set.of(Image.Status.ACTIVE, Image.Status.DEACTIVATED).contains(image.status())
            && format != null
            && container != null;
    if (!there || image.locations().isEmpty()) {
      throw ApiException.conflict("The image has no data yet.");
    }
    if (!FormatNames.hasDisk(format, container)) {
      throw ApiException.conflict("There is no disk to look at in " + format + " in " + container);
    }
    String title = image.fields().name() == null ? image.id() : image.fields().name();
    Key key = new Key(title, image.id(), format, image.data().size(), image.data().checksum());
    synchronized (kept) {
      String known = kept.get(key);
      if (known != null) {
        return known;
      }
    }
    String made;
    try (FairTurns.Turn turn = turns.take(call.caller().projectId());
        Storage data = near(image)) {
      made = pictures.draw(title, image.id(), data, format, container);
    } catch (ImageException e) {
      throw ApiException.conflict("The disk cannot be looked at: it is damaged, or encrypted.");
    } catch (ImportException e) {
      throw ApiException.conflict("The disk is not drawn: " + e.getMessage());
    }
    synchronized (kept) {
      kept.put(key, made);
    }
    return made;
  }

  /** The data, from where it is cheap to read some here and there; the caller closes them. */
  private Storage near(Image image) throws IOException {
    Optional<Storage> cached = cache.open(image);
    if (cached.isPresent()) {
      return cached.get();
    }
    for (Location location : stores.inOrder(image)) {
      if (stores.kindOf(location.store()).filter(NEAR::contains).isPresent()) {
        Storage data = stores.find(location.store()).orElseThrow().open(location.url());
        if (data instanceof FileStorage || !pictures.wantsFiles()) {
          return data;
        }
        data.close();
      }
    }
    throw ApiException.conflict(
        "It is not drawn: no store has it of which parts are read at little cost.");
  }
}
