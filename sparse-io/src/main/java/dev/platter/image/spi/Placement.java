package dev.platter.image.spi;

import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.lang.foreign.MemorySegment;

/**
 * Where a writer wants bytes to go. Whoever asked carries it out; placements of one writer never
 * overlap.
 */
public sealed interface Placement {
  WritableStorage storage();

  long hostOffset();

  long length();

  /** Write these bytes. */
  record Write(WritableStorage storage, long hostOffset, MemorySegment bytes) implements Placement {
    @Override
    public long length() {
      return bytes.byteSize();
    }
  }

  /** Copy from another storage. */
  record Copy(
      WritableStorage storage, long hostOffset, Storage source, long sourceOffset, long length)
      implements Placement {}

  /** Make the range read as zeros. */
  record Zero(WritableStorage storage, long hostOffset, long length) implements Placement {}
}
