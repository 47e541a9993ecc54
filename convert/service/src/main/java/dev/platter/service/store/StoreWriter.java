package dev.platter.service.store;

import dev.platter.image.Reference;
import dev.platter.image.spi.Target;
import dev.platter.storage.WritableStorage;
import java.io.Closeable;
import java.io.IOException;

/**
 * A new image on its way into a store. An image writer of any format, or a plain copy, writes to
 * {@link #storage()}: anywhere, or in ascending order where the store is {@link #sequential()}.
 * Nobody sees it before {@link #commit}; {@link #close} without that leaves nothing behind.
 */
public interface StoreWriter extends Target, Closeable {
  /**
   * Where the bytes go: empty, and reading as zeros where nothing is written. It can be read back
   * unless the writer is {@link #sequential()}. It belongs to this writer.
   */
  @Override
  WritableStorage storage();

  /** An image in a store is one file. */
  @Override
  default WritableStorage outside(Reference reference) throws IOException {
    throw reference
        .fault()
        .denied(reference.words() + " must not be made: an image in a store is one file");
  }

  /**
   * Makes the image visible, whole. Call it once, after the last byte.
   *
   * @throws StoreException if another image of that identifier appeared meanwhile; that one stays
   */
  StoredImage commit() throws IOException;

  /** Gives up whatever was not committed. */
  @Override
  void close() throws IOException;
}
