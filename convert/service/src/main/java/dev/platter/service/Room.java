package dev.platter.service;

import dev.platter.service.store.Store;
import java.io.IOException;

/** Whether there is still room where bytes go; asked every now and then while they come. */
@FunctionalInterface
interface Room {
  /** Bytes after which it is asked again. */
  long STEP = 16 << 20;

  /**
   * @throws IOException if no more may be written: what is left is kept for other things
   */
  void require() throws IOException;

  /** The room of a store, which keeps a reserve of its own. */
  static Room in(Store store) {
    return () -> {
      if (store.freeBytes().orElse(1) <= 0) {
        throw new ImportException(
            ImportException.Reason.NO_ROOM, "store '" + store.id() + "' is full");
      }
    };
  }
}
