package dev.platter.server.cinder;

import dev.platter.server.cinder.CinderAttachments.Shares;
import dev.platter.server.cinder.CinderVolumes.Volume;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Images in volumes of Cinder, in a project of the store's own, as Glance has them: {@code
 * cinder://STORE/VOLUME}. A volume is attached to this machine while its image is written or read.
 */
public final class CinderStore implements Store {
  /** No volume has this identifier. */
  private static final String NOWHERE = "00000000-0000-0000-0000-000000000000";

  private static final long GIBIBYTE = 1L << 30;

  private final CinderSettings settings;
  private final CinderVolumes volumes;
  private final CinderAttachments attachments;
  private final CinderReaders readers;

  private CinderStore(CinderSettings settings, Shares shares) {
    this.settings = settings;
    CinderRequests requests = new CinderRequests(settings);
    volumes = new CinderVolumes(requests, settings);
    attachments = new CinderAttachments(requests, settings, volumes, shares);
    readers = new CinderReaders(attachments);
  }

  /** A store as its settings describe it; nobody is asked yet. */
  public static CinderStore create(CinderSettings settings) {
    return create(settings, new NfsMounts(settings.mounts()));
  }

  static CinderStore create(CinderSettings settings, Shares shares) {
    return new CinderStore(settings, shares);
  }

  @Override
  public String id() {
    return settings.config().id();
  }

  @Override
  public String description() {
    return settings.config().description();
  }

  String location(String volumeId) {
    return "cinder://" + id() + "/" + volumeId;
  }

  /** Where the image of this identifier lies; a place where nothing is, if it is nowhere. */
  public String locationOf(String imageId) throws IOException {
    return volumes.of(ImageIds.checked(imageId)).stream()
        .filter(Volume::isImage)
        .findFirst()
        .map(volume -> location(volume.id()))
        .orElse(location(NOWHERE));
  }

  /** The volume of a location, which may be one of before there were several stores. */
  private Optional<Volume> find(String location) throws StoreException {
    String id = location.substring(location.lastIndexOf('/') + 1);
    boolean own = location.equals(location(id)) || location.equals("cinder://" + id);
    if (!own || !id.matches("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")) {
      throw new StoreException(Kind.NOT_FOUND, id(), "no location of this store: " + location);
    }
    return volumes.find(id).filter(Volume::isImage);
  }

  boolean hasImage(String imageId) throws StoreException {
    return volumes.of(imageId).stream().anyMatch(Volume::isImage);
  }

  StoreException duplicate(String imageId) {
    return new StoreException(Kind.DUPLICATE, id(), "it has image " + imageId + " already");
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    if (hasImage(ImageIds.checked(imageId))) {
      throw duplicate(imageId);
    }
    return CinderWriter.begin(this, volumes, attachments, imageId, expectedSize);
  }

  @Override
  public Storage open(String location) throws IOException {
    Volume volume =
        find(location)
            .orElseThrow(
                () -> new StoreException(Kind.NOT_FOUND, id(), "there is no image at " + location));
    String size = volume.metadata().getOrDefault(CinderVolumes.IMAGE_SIZE, "");
    long most = volume.gibibytes() * GIBIBYTE;
    long bytes = size.matches("[0-9]{1,18}") ? Long.parseLong(size) : most;
    if (bytes > most) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          id(),
          "volume %s of %d GiB is said to have an image of %d bytes"
              .formatted(volume.id(), volume.gibibytes(), bytes));
    }
    return readers.open("image in " + location, volume, bytes);
  }

  @Override
  public boolean exists(String location) throws IOException {
    return find(location).isPresent();
  }

  @Override
  public boolean holdsImages() throws IOException {
    return volumes.all().stream().anyMatch(Volume::isImage);
  }

  /** One that somebody reads stays, and is said to. */
  @Override
  public boolean delete(String location) throws IOException {
    Optional<Volume> volume = find(location);
    return volume.isPresent() && volumes.delete(volume.get());
  }

  @Override
  public void removeUnfinished(String imageId) throws IOException {
    for (Volume volume : volumes.of(ImageIds.checked(imageId))) {
      if (volume.metadata().containsKey(CinderVolumes.UNFINISHED)) {
        attachments.detachAll(volume);
        volumes.delete(volume);
      }
    }
  }
}
