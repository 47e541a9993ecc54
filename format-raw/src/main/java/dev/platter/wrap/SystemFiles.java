package dev.platter.wrap;

import java.util.Locale;
import java.util.Set;

/** Files that systems put into archives beside those that a user meant. */
final class SystemFiles {
  private static final Set<String> NAMES = Set.of(".ds_store", "thumbs.db", "desktop.ini");

  private SystemFiles() {}

  /** Whether a file of this name, its directories before it, is none that a user meant. */
  static boolean isOne(String name) {
    String path = name.replace('\\', '/');
    String last = path.substring(path.lastIndexOf('/') + 1);
    return path.startsWith("__MACOSX/")
        || path.contains("/__MACOSX/")
        || last.startsWith("._")
        || NAMES.contains(last.toLowerCase(Locale.ROOT));
  }
}
