package dev.platter.image.node;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;

/** A storage whose requests wait until their group's limits let them pass ({@code throttle}). */
final class ThrottledStorage extends FilterStorage {
  private final ThrottleGroup group;

  ThrottledStorage(String name, Storage below, ThrottleGroup group) {
    super(name, below);
    this.group = group;
  }

  @Override
  void before(Request request, long offset, long length) throws IOException {
    if (request == Request.FLUSH) {
      return;
    }
    try {
      group.await(request == Request.READ, length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException(name() + ": interrupted while it waited for its turn");
    }
  }
}
