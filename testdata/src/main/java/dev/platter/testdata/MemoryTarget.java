package dev.platter.testdata;

import dev.platter.image.Reference;
import dev.platter.image.spi.Target;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.util.LinkedHashMap;
import java.util.Map;

/** A target in memory, for tests of writers. */
public final class MemoryTarget implements Target {
  private final WritableStorage storage;
  private final Map<String, MemoryStorage> outside = new LinkedHashMap<>();

  /** A target that is empty and reads as zeros. */
  public MemoryTarget() {
    this(new MemoryStorage("target"));
  }

  /** A target whose image goes to {@code storage}. */
  public MemoryTarget(WritableStorage storage) {
    this.storage = storage;
  }

  @Override
  public WritableStorage storage() {
    return storage;
  }

  @Override
  public WritableStorage outside(Reference reference) {
    return outside.computeIfAbsent(reference.name(), MemoryStorage::new);
  }

  /** The outside files that the writer asked for, by name. */
  public Map<String, MemoryStorage> outside() {
    return outside;
  }
}
