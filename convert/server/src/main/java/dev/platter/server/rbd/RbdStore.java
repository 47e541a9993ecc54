package dev.platter.server.rbd;

import dev.platter.remote.rbd.RbdLayout;
import dev.platter.remote.rbd.RbdName;
import dev.platter.remote.rbd.RbdPool;
import dev.platter.remote.rbd.RbdStorage;
import dev.platter.server.config.StoreConfig;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Images as RADOS block devices in a pool of a Ceph cluster, each with the protected snapshot that
 * Nova and Cinder clone; its location names that: {@code rbd://FSID/POOL/IMAGE/snap}.
 */
public final class RbdStore implements Store {
  private static final String SNAPSHOT = "snap";
  private static final long USUAL_CHUNK_MIB = 8;

  private final StoreConfig config;
  private final String poolName;
  private final RbdName.ClusterName cluster;
  private final long chunkBytes;
  private final boolean thin;
  private RbdPool pool;
  private String fsid;

  private RbdStore(StoreConfig config) {
    this.config = config;
    this.poolName = config.text("rbd_store_pool", "images");
    String timeout = config.text("rados_connect_timeout", "");
    Map<String, String> settings = new HashMap<>();
    if (timeout.matches("[1-9][0-9]{0,5}")) {
      settings.put("client_mount_timeout", timeout);
    } else if (!timeout.isEmpty() && !timeout.matches("-[0-9]{1,5}|0")) {
      throw config.wrong("rados_connect_timeout", "seconds are expected, not " + timeout);
    }
    this.cluster =
        new RbdName.ClusterName(
            config.text("rbd_store_ceph_conf", ""),
            config.text("rbd_store_user", ""),
            "",
            settings);
    this.chunkBytes = chunkBytes(config);
    this.thin = config.flag("rbd_thin_provisioning", false);
  }

  /** A store as a section of the configuration describes it; nobody is asked yet. */
  public static RbdStore create(StoreConfig config) {
    return new RbdStore(config);
  }

  private static long chunkBytes(StoreConfig config) {
    String text = config.text("rbd_store_chunk_size", Long.toString(USUAL_CHUNK_MIB));
    if (!text.matches("1|2|4|8|16|32")) {
      throw config.wrong(
          "rbd_store_chunk_size", "1, 2, 4, 8, 16 or 32 MiB are possible, not " + text);
    }
    return Long.parseLong(text) << 20;
  }

  @Override
  public String id() {
    return config.id();
  }

  @Override
  public String description() {
    return config.description();
  }

  @Override
  public boolean sparse() {
    return thin;
  }

  /** The size of the objects of new images, bytes. */
  public long chunkBytes() {
    return chunkBytes;
  }

  /** The pool that has the images. */
  public String pool() {
    return poolName;
  }

  /** Connected, once the cluster was there; librados itself finds it again when it was away. */
  private synchronized RbdPool connected() throws StoreException {
    if (pool == null) {
      RbdPool made = null;
      try {
        made = RbdPool.connect(cluster, poolName, "");
        fsid = made.fsid();
        pool = made;
      } catch (IOException e) {
        if (made != null) {
          made.close();
        }
        throw unavailable(e);
      }
    }
    return pool;
  }

  private StoreException unavailable(IOException e) {
    return new StoreException(Kind.UNAVAILABLE, id(), e.getMessage(), e);
  }

  /** Where an image of this identifier lies; asks the cluster who it is, at first. */
  public String locationOf(String imageId) throws StoreException {
    ImageIds.checked(imageId);
    connected();
    return "rbd://" + fsid + "/" + poolName + "/" + imageId + "/" + SNAPSHOT;
  }

  private String imageAt(String location) throws StoreException {
    String[] parts = location.split("/", -1);
    String imageId = parts.length == 6 ? parts[4] : "";
    if (!ImageIds.valid(imageId) || !location.equals(locationOf(imageId))) {
      throw new StoreException(Kind.NOT_FOUND, id(), "no location of this store: " + location);
    }
    return imageId;
  }

  @Override
  public boolean holdsImages() throws IOException {
    return connected().images().stream().anyMatch(ImageIds::valid);
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    String location = locationOf(imageId);
    if (exists(location)) {
      throw duplicate(imageId);
    }
    try {
      return new Writer(
          imageId,
          location,
          connected().begin(imageId, location, RbdLayout.USUAL.withObjects(chunkBytes), SNAPSHOT));
    } catch (IOException e) {
      throw unavailable(e);
    }
  }

  private StoreException duplicate(String imageId) {
    return new StoreException(Kind.DUPLICATE, id(), "it has image " + imageId + " already");
  }

  @Override
  public Storage open(String location) throws IOException {
    String image = imageAt(location);
    if (!exists(location)) {
      throw new StoreException(Kind.NOT_FOUND, id(), "there is no " + location);
    }
    try {
      return connected().open(location, image, SNAPSHOT, RbdStorage.Access.READ);
    } catch (IOException e) {
      throw unavailable(e);
    }
  }

  @Override
  public boolean exists(String location) throws IOException {
    String image = imageAt(location);
    try {
      return connected().has(image);
    } catch (SystemException e) {
      throw unavailable(e);
    }
  }

  @Override
  public boolean delete(String location) throws IOException {
    if (!exists(location)) {
      return false;
    }
    try {
      connected().removeProtected(imageAt(location), SNAPSHOT);
      return true;
    } catch (SystemException e) {
      throw unavailable(e);
    }
  }

  @Override
  public void removeUnfinished(String imageId) throws IOException {
    try {
      connected().removeParts(ImageIds.checked(imageId), SNAPSHOT);
    } catch (SystemException e) {
      throw unavailable(e);
    }
  }

  /** An image in the making. */
  private final class Writer implements StoreWriter {
    private final String imageId;
    private final String location;
    private final NewStorage made;

    Writer(String imageId, String location, NewStorage made) {
      this.imageId = imageId;
      this.location = location;
      this.made = made;
    }

    @Override
    public WritableStorage storage() {
      return made.storage();
    }

    @Override
    public StoredImage commit() throws IOException {
      long size = made.storage().size();
      if (!thin) {
        made.storage().allocate(0, size); // zeros are written, as the setting says
      }
      if (exists(location)) {
        throw duplicate(imageId);
      }
      made.publish();
      return new StoredImage(location, size);
    }

    @Override
    public void close() throws IOException {
      made.close();
    }
  }
}
