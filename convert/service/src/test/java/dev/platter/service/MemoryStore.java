package dev.platter.service;

import dev.platter.service.store.Store;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/** A store in memory, in order or not, that fails as a test asks it to. */
final class MemoryStore implements Store {
  private final String id;
  private final boolean sequential;
  private final Map<String, byte[]> images = new ConcurrentHashMap<>();
  private UnaryOperator<WritableStorage> fault = UnaryOperator.identity();
  private boolean failsToCommit;
  private int open;

  MemoryStore(String id, boolean sequential) {
    this.id = id;
    this.sequential = sequential;
  }

  /** Puts something that fails around what is written. */
  MemoryStore failing(UnaryOperator<WritableStorage> wrapper) {
    fault = wrapper;
    return this;
  }

  MemoryStore failingToCommit() {
    failsToCommit = true;
    return this;
  }

  /** What is stored, by location. */
  Map<String, byte[]> images() {
    return images;
  }

  /** Writers that were not closed. */
  int open() {
    return open;
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException {
    String location = "memory:" + id + "/" + imageId;
    if (images.containsKey(location)) {
      throw new StoreException(StoreException.Kind.DUPLICATE, id, imageId + " is there already");
    }
    open++;
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    WritableStorage behind =
        sequential
            ? new SequentialStorage(id, Channels.newChannel(stream))
            : new MemoryStorage(location);
    WritableStorage storage = fault.apply(behind);
    return new StoreWriter() {
      @Override
      public WritableStorage storage() {
        return storage;
      }

      @Override
      public boolean sequential() {
        return sequential;
      }

      @Override
      public StoredImage commit() throws IOException {
        if (failsToCommit) {
          throw new StoreException(StoreException.Kind.UNAVAILABLE, id, "gone at the last moment");
        }
        byte[] bytes = sequential ? stream.toByteArray() : ((MemoryStorage) behind).toByteArray();
        images.put(location, bytes);
        return new StoredImage(location, bytes.length);
      }

      @Override
      public void close() throws IOException {
        open--;
        storage.close();
      }
    };
  }

  @Override
  public Storage open(String location) throws IOException {
    MemoryStorage storage = new MemoryStorage(location);
    storage.write(0, MemorySegment.ofArray(images.get(location)));
    return storage;
  }

  @Override
  public boolean exists(String location) {
    return images.containsKey(location);
  }

  @Override
  public boolean delete(String location) {
    return images.remove(location) != null;
  }
}
