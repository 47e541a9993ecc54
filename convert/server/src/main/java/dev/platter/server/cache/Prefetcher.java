package dev.platter.server.cache;

import dev.platter.server.db.Database;
import dev.platter.server.image.Image;
import dev.platter.server.image.ImageTable;
import dev.platter.server.store.Stores;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** Fetches the images that somebody wants in the cache; runs now and then. */
public final class Prefetcher implements Runnable {
  private static final System.Logger LOG = System.getLogger(Prefetcher.class.getName());

  private final Database database;
  private final ImageCache cache;
  private final Stores stores;

  public Prefetcher(Database database, ImageCache cache, Stores stores) {
    this.database = database;
    this.cache = cache;
    this.stores = stores;
  }

  @Override
  public void run() {
    for (String id : cache.queued()) {
      try {
        fetch(id);
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.WARNING, "image " + id + " is not fetched for the cache", e);
      }
    }
    try {
      cache.prune();
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.WARNING, "the cache is not pruned", e);
    }
  }

  private void fetch(String id) throws IOException {
    Optional<Image> image = database.read(session -> ImageTable.find(session, id));
    Optional<CacheCopy> copy = image.isEmpty() ? Optional.empty() : cache.begin(image.get());
    if (copy.isEmpty()) {
      cache.dequeue(id);
      return;
    }
    try (CacheCopy target = copy.get();
        Storage source = stores.open(image.get());
        Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(1 << 20, 4096);
      long size = source.size();
      for (long done = 0; done < size; done += buffer.byteSize()) {
        MemorySegment piece = buffer.asSlice(0, Math.min(buffer.byteSize(), size - done));
        source.readFully(done, piece);
        target.write(piece);
      }
      target.finish();
    }
  }
}
