package dev.platter.remote.rbd;

import dev.platter.storage.StorageSnapshots;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The snapshots of an image. */
final class RbdSnapshots implements StorageSnapshots {
  private final RbdStorage storage;

  RbdSnapshots(RbdStorage storage) {
    this.storage = storage;
  }

  @Override
  public List<Kept> list() throws IOException {
    List<Kept> kept = new ArrayList<>();
    for (Image.Snapshot each : storage.image().snapshots()) {
      // As in QEMU: an image has no two of one name, which therefore tells them apart.
      kept.add(new Kept(each.name(), each.name(), each.size(), each.date()));
    }
    return List.copyOf(kept);
  }

  @Override
  public void create(String name) throws IOException {
    if (name.isEmpty() || name.indexOf('@') >= 0 || name.indexOf('/') >= 0) {
      throw new RbdException(storage.name() + ": no name of a snapshot: '" + name + "'");
    }
    storage.sync();
    storage.image().createSnapshot(name);
  }

  @Override
  public void apply(String name) throws IOException {
    storage.rollBack(name);
  }

  @Override
  public void delete(String name) throws IOException {
    storage.image().removeSnapshot(name);
  }
}
