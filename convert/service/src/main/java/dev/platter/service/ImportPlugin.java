package dev.platter.service;

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
