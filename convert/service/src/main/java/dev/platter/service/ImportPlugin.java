package dev.platter.service;

import dev.platter.service.inspect.Inspection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * One step of an import, between inspection and the stores. It looks at the image that is being
 * imported, and changes what is to become of it: properties, content, the format to store. One
 * object serves all imports, on many threads at once.
 */
public interface ImportPlugin {
  /** The plugin's name in the configuration. */
  String name();

  /**
   * Takes its step.
   *
   * @param draft the image being imported; of no use after this call
   * @throws ImportException to refuse the image
   */
  void run(ImportDraft draft) throws IOException;

  /**
   * Whether this plugin will take an image out of what is around it. Then the image is judged once
   * it is out, and not before; if the plugin leaves it as it is after all, it is judged so.
   *
   * @param job what the user asked for
   * @param found what was uploaded
   */
  default boolean unwraps(ImportJob job, Inspection found) {
    return false;
  }

  /**
   * Watches an upload that goes straight into a store, to which no other plugin is put. Most do
   * not.
   *
   * @param job what the user asked for
   * @throws ImportException to refuse it before it begins
   */
  default Optional<UploadWatch> watch(ImportJob job) throws IOException {
    return Optional.empty();
  }

  /** Sees the bytes of one upload, in order. */
  interface UploadWatch {
    /** The next bytes, which may be consumed. */
    void passed(ByteBuffer bytes) throws IOException;

    /**
     * All bytes have passed.
     *
     * @throws ImportException to refuse the image
     */
    void finished() throws IOException;
  }
}
