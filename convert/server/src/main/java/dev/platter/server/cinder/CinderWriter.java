package dev.platter.server.cinder;

import dev.platter.server.cinder.CinderAttachments.Attached;
import dev.platter.server.cinder.CinderVolumes.Volume;
import dev.platter.server.cinder.VolumeStorage.Opened;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.FileStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.HexFormat;
import java.util.OptionalLong;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A new image in a volume of its own, which is none before its metadata say so, at the end. It is
 * attached here meanwhile, and made larger where it turns out to be too small.
 */
final class CinderWriter implements StoreWriter {
  private static final System.Logger LOG = System.getLogger(CinderWriter.class.getName());
  private static final long GIBIBYTE = 1L << 30;

  /** What a volume grows by at once: an eighth. */
  private static final int SHARE = 8;

  private final CinderStore store;
  private final CinderVolumes volumes;
  private final CinderAttachments attachments;
  private final String imageId;
  private final VolumeStorage storage;
  private Volume volume;
  private Attached attached;
  private boolean failed;
  private boolean committed;

  private CinderWriter(
      CinderStore store,
      CinderVolumes volumes,
      CinderAttachments attachments,
      String imageId,
      OptionalLong expectedSize)
      throws IOException {
    this.store = store;
    this.volumes = volumes;
    this.attachments = attachments;
    this.imageId = imageId;
    String mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    volume = volumes.create(imageId, gibibytes(expectedSize.orElse(1)), mark);
    try {
      storage = new VolumeStorage(location(), open(), this::grow);
    } catch (IOException | RuntimeException e) {
      giveUp();
      throw e;
    }
  }

  /** Makes the volume, and has it here. */
  static CinderWriter begin(
      CinderStore store,
      CinderVolumes volumes,
      CinderAttachments attachments,
      String imageId,
      OptionalLong expectedSize)
      throws IOException {
    return new CinderWriter(store, volumes, attachments, imageId, expectedSize);
  }

  private static long gibibytes(long bytes) {
    return Math.max(1, Math.ceilDiv(bytes, GIBIBYTE));
  }

  private String location() {
    return store.location(volume.id());
  }

  private Opened open() throws IOException {
    attached = attachments.toWrite(volume);
    return new Opened(FileStorage.openForWriting(attached.path()), volume.gibibytes() * GIBIBYTE);
  }

  /** As Glance does it, as not all drivers make volumes larger that are attached. */
  private Opened grow(WritableStorage old, long least) throws IOException {
    old.sync();
    detach(old);
    long now = volume.gibibytes();
    volume = volumes.extend(volume, Math.max(gibibytes(least), now + Math.ceilDiv(now, SHARE)));
    return open();
  }

  private void detach(WritableStorage opened) throws IOException {
    opened.close();
    Attached before = attached;
    attachments.detach(before.attachmentId());
    attached = null;
    volume = volumes.await(volume.id(), CinderVolumes.DETACHING, "available");
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public StoredImage commit() throws IOException {
    if (failed) {
      throw new IOException(location() + ": what failed to be written cannot be committed");
    }
    failed = true; // until it has not
    long size = storage.size();
    storage.sync();
    detach(storage);
    if (store.hasImage(imageId)) {
      throw store.duplicate(imageId);
    }
    volumes.protect(volume);
    volumes.finish(volume, imageId, size);
    committed = true;
    return new StoredImage(location(), size);
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    try {
      storage.close();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, location() + " is not closed", e);
    }
    giveUp();
  }

  private void giveUp() {
    try {
      attachments.detachAll(volume);
      volumes.delete(volume);
    } catch (StoreException e) {
      LOG.log(System.Logger.Level.WARNING, "volume " + volume.id() + " may be left", e);
    }
  }
}
