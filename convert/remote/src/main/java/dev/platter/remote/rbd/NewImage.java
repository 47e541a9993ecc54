package dev.platter.remote.rbd;

import dev.platter.storage.NewStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/**
 * An image in the making. Until it is whole it has another name, so that one of a process that was
 * killed looks like what it is: a part.
 */
final class NewImage implements NewStorage {
  private final RbdPool pool;
  private final String name;
  private final String shown;
  private final String snapshot;
  private final String part;
  private RbdStorage storage;
  private boolean made;
  private boolean kept;
  private boolean published;
  private boolean ownsPool;

  private NewImage(RbdPool pool, String name, String shown, String snapshot) {
    this.pool = pool;
    this.name = name;
    this.shown = shown;
    this.snapshot = snapshot;
    this.part =
        partsOf(name) + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong(), 12);
  }

  /** How the names of an image's parts begin. */
  static String partsOf(String name) {
    return name + ".part-";
  }

  /**
   * Begins one.
   *
   * @param pool connected; stays the caller's, and open
   * @param shown how errors call it
   * @param snapshot the protected snapshot that it shall have when it appears; empty: none
   */
  static NewImage begin(RbdPool pool, String name, String shown, RbdLayout layout, String snapshot)
      throws IOException {
    NewImage image = new NewImage(pool, name, shown, snapshot);
    try {
      image.requireFreeName();
      pool.create(image.part, 0, layout);
      image.made = true;
      image.storage = pool.openNew(shown, image.part);
      return image;
    } catch (Throwable e) {
      image.closeAfter(e);
      throw e;
    }
  }

  /** Has it close the pool's connection with itself. */
  NewImage owningPool() {
    ownsPool = true;
    return this;
  }

  private void requireFreeName() throws IOException {
    if (pool.has(name)) {
      throw new RbdException("there is an image named " + name + " already");
    }
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public void publish() throws IOException {
    storage.sync();
    if (!snapshot.isEmpty()) {
      storage.image().createSnapshot(snapshot);
      kept = true;
      storage.image().protect(snapshot);
    }
    storage.close();
    pool.rename(part, name);
    published = true;
  }

  private void closeAfter(Throwable e) {
    try {
      close();
    } catch (IOException also) {
      e.addSuppressed(also);
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (storage != null) {
        storage.close();
      }
      if (made && !published) {
        remove();
        made = false;
      }
    } finally {
      if (ownsPool) {
        pool.close();
      }
    }
  }

  private void remove() throws IOException {
    try {
      if (kept) {
        try (RbdStorage again = pool.open(shown, part, "", RbdStorage.Access.WRITE)) {
          again.image().forgetProtected(snapshot);
        }
      }
      pool.remove(part);
    } catch (IOException e) {
      throw new RbdException(shown + ": the image " + part + " stays behind: " + e.getMessage(), e);
    }
  }
}
