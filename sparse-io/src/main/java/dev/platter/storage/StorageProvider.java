package dev.platter.storage;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Opens what lies under some schemes: another machine's disks, objects in a store. Stateless, found
 * by {@link java.util.ServiceLoader} when one of its schemes is named and not before, so that files
 * are opened as fast without it. Adding one means adding a module that provides this interface.
 */
public interface StorageProvider {
  /** The schemes, without a colon. A location by options has the first of them that fits. */
  List<String> schemes();

  /**
   * Opens it to be read; the caller owns the result.
   *
   * @throws IOException in one line: what, where, why
   */
  Storage openForReading(Location location) throws IOException;

  /**
   * The same where options of the location may name secrets.
   *
   * @param secrets has them; what it answers gets into no message
   */
  default Storage openForReading(Location location, NamedSecrets secrets) throws IOException {
    return openForReading(location);
  }

  /**
   * Opens what is there to be read and written in place; the caller owns the result.
   *
   * @throws IOException if it is not there, or cannot be written
   */
  WritableStorage openForWriting(Location location) throws IOException;

  /** What can be said of something new under these schemes. */
  default List<StorageOption> newOptions() {
    return List.of();
  }

  /**
   * Begins something new, of no size yet; the caller owns the result.
   *
   * @param options by the names of {@link #newOptions}
   * @return empty if nothing can be made under these schemes: what is there is written over
   * @throws IOException if it is there already, cannot be made, or an option is wrong
   */
  default Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    return Optional.empty();
  }

  /**
   * What a relative name means that stands in an image at {@code base}.
   *
   * @throws IOException if there is nothing beside it, or the name cannot be one
   */
  Location beside(Location base, String name) throws IOException;
}
