package dev.platter.guest.files;

import dev.platter.image.Fault;
import java.io.IOException;
import java.util.Collections;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/** A file, directory or link of a file system. Reads when asked; belongs to one thread. */
public abstract class Node {
  /** The most names that one directory may have. */
  public static final int MAX_NAMES = 1 << 18;

  /** The most bytes that an extended attribute may have. */
  public static final int MAX_ATTRIBUTE = 1 << 16;

  private static final int MAX_LINK = 4096;

  /** What a node is. */
  public enum Kind {
    FILE,
    DIRECTORY,
    LINK,
    /** A device, a socket, and whatever else has no bytes of its own. */
    OTHER;

    private static final int TYPE_MASK = 0xF000;

    /** The kind that the mode of a Unix file tells. */
    public static Kind ofMode(int mode) {
      return switch (mode & TYPE_MASK) {
        case 0x8000 -> FILE;
        case 0x4000 -> DIRECTORY;
        case 0xA000 -> LINK;
        default -> OTHER;
      };
    }
  }

  public abstract Kind kind();

  /** What the file system keeps of it beside its names and bytes. */
  public abstract FileAttributes attributes() throws IOException;

  /**
   * Its extended attributes as Linux would name them and hand them out, such as {@code
   * security.selinux}; in the order of their names.
   */
  public SortedMap<String, byte[]> extendedAttributes() throws IOException {
    return Collections.emptySortedMap();
  }

  /** The entry of that name in this directory. */
  public abstract Optional<Node> child(String name) throws IOException;

  /** The names in this directory, in no order, without {@code .} and {@code ..}. */
  public abstract Set<String> names() throws IOException;

  /** Whether this is a name that each directory may have for itself or its parent. */
  public static boolean isOfEveryDirectory(String name) {
    return name.equals(".") || name.equals("..");
  }

  /** The bytes of this file. */
  public abstract Source content() throws IOException;

  /** Where this link points. */
  public String target() throws IOException {
    Source content = content();
    if (content.size() > MAX_LINK) {
      throw Fault.on(content.name())
          .corrupt("a link of " + content.size() + " bytes, at most " + MAX_LINK);
    }
    Bytes bytes = content.read(0, content.size());
    return bytes.name(0, bytes.length());
  }
}
