package dev.platter.service.store;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A place that keeps images. All methods may be called by any number of threads at once. Errors of
 * the place are {@link StoreException}s, or {@link IOException}s while bytes are moved.
 *
 * <p>A location is a URI of the store's own making, which it alone understands: {@code
 * file:///var/lib/images/ID}, {@code s3://bucket/ID}. It is never a user's word.
 */
public interface Store {
  /** The store's identifier: short, without commas, the same as long as the store exists. */
  String id();

  /** What a person should know of it; may be empty. */
  default String description() {
    return "";
  }

  /** Whether {@link #begin} and {@link #delete} are refused. */
  default boolean readOnly() {
    return false;
  }

  /**
   * Why nothing can be written at the moment to a store that is not read-only, as when a file
   * system is not mounted; empty: it can.
   */
  default Optional<String> writesRefused() {
    return Optional.empty();
  }

  /** Whether zeros that are left out take no room there. */
  default boolean sparse() {
    return false;
  }

  /** How many bytes the store can still take; empty: it cannot tell, or there is no bound. */
  default OptionalLong freeBytes() throws IOException {
    return OptionalLong.empty();
  }

  /** Whether there is any image in it; of use to notice a database that has lost its records. */
  default boolean holdsImages() throws IOException {
    return false;
  }

  /**
   * Begins a new image. The caller closes the writer, after {@link StoreWriter#commit} or instead
   * of it.
   *
   * @param imageId the image's identifier, which the location is made of
   * @param expectedSize bytes that will come, where that is known, zeros counted unless the store
   *     is {@link #sparse}; a store that has less room refuses now. It is a hint and no promise
   * @throws StoreException if the store is read-only, full, not there, or holds that image already
   */
  StoreWriter begin(String imageId, OptionalLong expectedSize) throws IOException;

  /**
   * Opens an image for reading; the caller closes it. Reads of ranges anywhere are cheap or as
   * cheap as the store's protocol allows.
   *
   * @throws StoreException if there is no such image
   */
  Storage open(String location) throws IOException;

  /** Whether the image is there. */
  boolean exists(String location) throws IOException;

  /**
   * Deletes an image.
   *
   * @return whether it was there
   * @throws StoreException if the store is read-only
   */
  boolean delete(String location) throws IOException;

  /**
   * Takes away what is left of writers of an image that a process did not get to close. Called only
   * while nobody writes the image.
   */
  default void removeUnfinished(String imageId) throws IOException {}
}
