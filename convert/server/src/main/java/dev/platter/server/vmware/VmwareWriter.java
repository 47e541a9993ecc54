package dev.platter.server.vmware;

import dev.platter.server.vmware.VmwareDatastores.Datastore;
import dev.platter.service.store.OrderedStorage;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A new image, sent as it is written under a name that no other upload has, which is changed to the
 * image's once all of it is there: what breaks off in the middle stays in a datastore as a file.
 * One thread writes at a time.
 */
final class VmwareWriter implements StoreWriter {
  private static final System.Logger LOG = System.getLogger(VmwareWriter.class.getName());

  /** With less than this left, a datastore that takes no more is full. */
  private static final long FULL = 16 << 20;

  /**
   * How long it is certain that nobody else brings the image: for longer, another node may have
   * taken this one for dead.
   */
  private static final long OURS_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final VmwareStore store;
  private final VmwareSession session;
  private final VmwareDatastores datastores;
  private final Datastore datastore;
  private final String imageId;
  private final String file;
  private final Bytes bytes;
  private VmwareUpload upload;
  private boolean failed;
  private boolean committed;

  /**
   * When the new name was asked for, and it is not known whether the file has it; 0: it was not.
   */
  private long namedAt;

  VmwareWriter(
      VmwareStore store,
      VmwareSession session,
      VmwareDatastores datastores,
      Datastore datastore,
      String imageId) {
    this.store = store;
    this.session = session;
    this.datastores = datastores;
    this.datastore = datastore;
    this.imageId = imageId;
    String mark = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    file = VmwarePlace.unfinished(imageId, mark);
    bytes = new Bytes();
  }

  private String location() {
    return store.location(datastore.place(), imageId);
  }

  @Override
  public WritableStorage storage() {
    return bytes;
  }

  @Override
  public boolean sequential() {
    return true;
  }

  /** Where the image's bytes go. */
  private final class Bytes extends OrderedStorage {
    Bytes() {
      super(location());
    }

    @Override
    protected void append(byte[] piece, int length) throws IOException {
      if (failed) {
        throw new IOException(name() + ": an earlier write failed");
      }
      try {
        begin();
        upload.write(piece, length);
      } catch (IOException e) {
        failed = true;
        throw reason(e);
      } catch (RuntimeException e) {
        failed = true;
        throw e;
      }
    }
  }

  private void begin() throws IOException {
    if (upload == null) {
      upload = VmwareUpload.begin(session, datastore.place().path(file));
    }
  }

  /** Why an upload failed: where a datastore is full, connections break off. */
  private StoreException reason(IOException e) {
    try {
      long free = datastores.find(datastore.place()).free();
      if (free < FULL) {
        return new StoreException(
            Kind.FULL,
            store.id(),
            "datastore %s has %d bytes left".formatted(datastore.place().datastore(), free),
            e);
      }
    } catch (IOException unknown) {
      e.addSuppressed(unknown);
    }
    return session.unavailable(e);
  }

  @Override
  public StoredImage commit() throws IOException {
    if (failed) {
      throw new IOException(location() + ": what failed to be written cannot be committed");
    }
    failed = true; // until it has not
    send();
    name();
    committed = true;
    return new StoredImage(location(), bytes.size());
  }

  private void send() throws IOException {
    IOException failure = null;
    try {
      begin();
      upload.finish();
    } catch (IOException e) {
      failure = e; // the answer alone may have been lost
    }
    long there = store.sizeOf(datastore.place(), file);
    if (there != bytes.size()) {
      IOException cause =
          failure != null
              ? failure
              : new IOException(
                  "vSphere has %d bytes where %d were sent".formatted(there, bytes.size()));
      throw reason(cause);
    }
  }

  private void name() throws IOException {
    namedAt = System.nanoTime() | 1;
    try {
      datastores.move(datastore, file, imageId);
    } catch (SoapFault e) {
      // An answer may have been lost, and the method called twice.
      if (!isNamed()) {
        namedAt = 0;
        throw e.is("FileAlreadyExists") ? store.duplicate(imageId) : session.unavailable(e);
      }
    } catch (IOException e) {
      throw session.unavailable(e);
    }
    long there = store.sizeOf(datastore.place(), imageId);
    if (there != bytes.size()) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          store.id(),
          "vSphere has %d bytes where an image of %d is to be".formatted(there, bytes.size()));
    }
  }

  private boolean isNamed() throws StoreException {
    return store.sizeOf(datastore.place(), file) < 0
        && store.sizeOf(datastore.place(), imageId) == bytes.size();
  }

  @Override
  public void close() {
    if (committed) {
      return;
    }
    if (upload != null) {
      upload.abort();
    }
    try {
      boolean there = datastores.delete(datastore.place(), file);
      if (!there && namedAt != 0) {
        takeBack();
      }
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "an upload to " + location() + " may be left", e);
    }
  }

  /** The file has the image's name, and whoever brought it was told that it failed. */
  private void takeBack() throws IOException {
    if (System.nanoTime() - namedAt > OURS_NANOS) {
      throw new IOException("the file may be another's by now");
    }
    datastores.delete(datastore.place(), imageId);
  }
}
