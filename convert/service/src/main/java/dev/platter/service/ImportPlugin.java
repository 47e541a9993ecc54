package dev.platter.service;

import java.io.IOException;

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
}
