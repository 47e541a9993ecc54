package dev.platter.convert;

import dev.platter.storage.FileStorage;
import dev.platter.storage.ForwardingStorage;

/**
 * A file or device that is written in place: what was never written there reads as zeros only where
 * the caller knows that it does, whatever the file alone would say.
 */
final class InPlaceStorage extends ForwardingStorage {
  private final boolean isZero;

  InPlaceStorage(FileStorage file, boolean isZero) {
    super(file);
    this.isZero = isZero;
  }

  @Override
  public boolean readsZeroWhereUnwritten() {
    return isZero;
  }
}
