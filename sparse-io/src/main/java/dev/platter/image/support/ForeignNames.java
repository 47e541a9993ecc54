package dev.platter.image.support;

import dev.platter.image.spi.ReferencePolicy;

/**
 * The names that images made on Windows and on ESX servers have for other files, as paths of this
 * system. Pure functions of the name: whether the file may be opened, {@link ReferencePolicy} says.
 */
public final class ForeignNames {
  private ForeignNames() {}

  /**
   * The path of a name: of an absolute one of another system, whose directories are not here, only
   * the file's own name, so that it is looked for beside the image; slashes for the backslashes of
   * a relative one. Other names stay as they are.
   */
  public static String toPath(String name) {
    if (isAbsolute(name)) {
      int start = Math.max(name.lastIndexOf('\\'), name.lastIndexOf('/')) + 1;
      return withoutProtocol(name.substring(start));
    }
    return name.indexOf('\\') < 0 ? name : withoutProtocol(name.replace('\\', '/'));
  }

  /** The name, written so that it is never taken for the likes of {@code nbd:...}. */
  public static String withoutProtocol(String name) {
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain.contains(":") && !plain.startsWith("/") ? "./" + plain : plain;
  }

  /** On a drive or volume of Windows, or on a datastore, in either of its two forms. */
  private static boolean isAbsolute(String name) {
    boolean onDrive =
        name.length() > 2
            && Character.isLetter(name.charAt(0))
            && name.charAt(1) == ':'
            && (name.charAt(2) == '\\' || name.charAt(2) == '/');
    return onDrive
        || name.startsWith("\\\\")
        || name.startsWith("/vmfs/volumes/")
        || (name.startsWith("[") && name.indexOf('/', name.indexOf("] ") + 2) > 1);
  }
}
