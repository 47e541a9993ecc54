package dev.platter.image.node;

import dev.platter.storage.Storage;
import java.io.IOException;

/** A storage whose requests fail as its rules say ({@code blkdebug}). */
final class BlkdebugStorage extends FilterStorage {
  private final ErrorRules rules;

  BlkdebugStorage(String name, Storage below, ErrorRules rules) {
    super(name, below);
    this.rules = rules;
  }

  @Override
  void before(Request request, long offset, long length) throws IOException {
    rules.judge(name(), request, offset, length);
  }
}
