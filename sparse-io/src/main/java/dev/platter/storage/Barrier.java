package dev.platter.storage;

import java.io.IOException;
import java.util.List;

/**
 * Brings what was written to one or more storages to their media. Once that has failed it never
 * succeeds again: the system may have dropped what it could not write, and would say at the next
 * call that all is well. Any number of threads may call.
 */
public final class Barrier {
  private final List<WritableStorage> storages;
  private volatile IOException failure;

  /**
   * @param storages to be synced, in this order; they stay the caller's
   */
  public Barrier(List<? extends WritableStorage> storages) {
    this.storages = List.copyOf(storages);
  }

  /** As {@link WritableStorage#sync} of each storage. */
  public void pass() throws IOException {
    IOException earlier = failure;
    if (earlier != null) {
      throw new IOException(
          storages.getFirst().name() + ": what was written may be lost: " + earlier.getMessage(),
          earlier);
    }
    try {
      for (WritableStorage storage : storages) {
        storage.sync();
      }
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }
}
