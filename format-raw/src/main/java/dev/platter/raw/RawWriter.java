package dev.platter.raw;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Preallocation;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Writes a raw disk: every byte goes where the guest has it, zeros only where the medium does not
 * read as zeros. A new file of this machine has its first block even then: by reading that,
 * programs find out how direct access must be aligned, and a hole can be read at any alignment.
 */
final class RawWriter implements ImageWriter {
  private static final int FIRST_BLOCK = 4096;

  private final WritableStorage storage;
  private long size;
  private final boolean zerosNeedNoWriting;
  private final boolean sequential;

  private RawWriter(Target target, long size) {
    this.storage = target.storage();
    this.size = size;
    this.sequential = target.sequential();
    this.zerosNeedNoWriting = sequential || storage.readsZeroWhereUnwritten();
  }

  static RawWriter begin(CreateRequest request) throws IOException {
    RawOptions options = RawOptions.of(request.options());
    if (request.compress()) {
      throw IllegalOptionException.noCompression();
    }
    if (request.backing().isPresent()) {
      throw new IllegalOptionException("Backing file not supported for file format 'raw'");
    }
    Target target = request.target();
    if (options.preallocation() != Preallocation.OFF
        && request.size() == CreateRequest.UNKNOWN_SIZE) {
      throw new IllegalOptionException("What to preallocate is not known before the disk ends");
    }
    if (options.preallocation() != Preallocation.OFF && target.sequential()) {
      throw new IllegalOptionException("A pipe has no space to preallocate");
    }
    switch (options.preallocation()) {
      case OFF, METADATA -> {}
      case FALLOC -> target.storage().allocate(0, request.size());
      case FULL -> target.storage().fill(0, request.size());
    }
    RawWriter writer = new RawWriter(target, request.size());
    writer.makeRoom();
    return writer;
  }

  /** What lies elsewhere has its size at once: to grow takes it an exchange each time. */
  private void makeRoom() throws IOException {
    boolean isKnown = size != CreateRequest.UNKNOWN_SIZE;
    if (isKnown && !sequential && !isFile(storage) && storage.size() < size) {
      storage.truncate(size);
    }
  }

  @Override
  public int blockSize() {
    return RawFormat.SECTOR_SIZE;
  }

  @Override
  public int granularity() {
    return RawFormat.SECTOR_SIZE;
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    return chunk.placed(storage, 0, zerosNeedNoWriting);
  }

  @Override
  public void endAt(long end) {
    size = end;
  }

  @Override
  public void finish() throws IOException {
    if (sequential || storage.size() < size) {
      storage.truncate(size);
    }
    boolean wantsBlock = zerosNeedNoWriting && size > 0 && isFile(storage);
    if (!sequential && wantsBlock && storage.runAt(0, size).hole()) {
      storage.write(0, MemorySegment.ofArray(new byte[(int) Math.min(FIRST_BLOCK, size)]));
    }
  }

  private static boolean isFile(Storage storage) {
    Storage lowest = storage;
    while (lowest instanceof ForwardingStorage forwarding) {
      lowest = forwarding.below();
    }
    return lowest instanceof FileStorage;
  }

  @Override
  public void close() {}
}
