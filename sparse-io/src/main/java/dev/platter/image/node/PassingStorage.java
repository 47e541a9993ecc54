package dev.platter.image.node;

import dev.platter.storage.Storage;

/** A filter that lets everything pass, as what it does in QEMU changes no byte. */
final class PassingStorage extends FilterStorage {
  PassingStorage(String name, Storage below) {
    super(name, below);
  }

  @Override
  void before(Request request, long offset, long length) {
    // Nothing stops it.
  }
}
