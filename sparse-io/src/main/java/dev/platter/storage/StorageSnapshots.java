package dev.platter.storage;

import java.io.IOException;
import java.time.Instant;
import java.util.List;

/** States of itself that a storage keeps, each under a name of its own. */
public interface StorageSnapshots {
  /**
   * A state that is kept.
   *
   * @param id what the storage calls it
   * @param size of the storage then, bytes
   */
  record Kept(String id, String name, long size, Instant date) {}

  /** Those that there are, the oldest first. */
  List<Kept> list() throws IOException;

  /** Keeps the storage as it is now. */
  void create(String name) throws IOException;

  /** Makes the storage what it was then; what it is now is lost, and the snapshot stays. */
  void apply(String name) throws IOException;

  /** Forgets one. */
  void delete(String name) throws IOException;
}
