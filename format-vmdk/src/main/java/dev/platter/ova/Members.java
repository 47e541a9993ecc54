package dev.platter.ova;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The files of one appliance, by the names that the envelope and the manifest have for them. */
interface Members {
  /** Every name, where that can be told. */
  List<String> names();

  /** Opens a file; empty where there is none. The caller owns it. */
  Optional<Storage> find(String name) throws IOException;

  static boolean isEnvelope(String name) {
    return name.toLowerCase(Locale.ROOT).endsWith(".ovf");
  }
}
