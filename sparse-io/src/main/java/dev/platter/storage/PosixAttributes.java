package dev.platter.storage;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a file is beside its bytes: whose it is, its mode, its extended attributes. */
final class PosixAttributes {
  /** The most that Linux lets names, or a value, take. */
  private static final int MOST = 1 << 16;

  private PosixAttributes() {}

  /**
   * Gives an open file what another one has: owner, mode, extended attributes (access lists among
   * them), and no attribute that it has not.
   *
   * @return false if any of that can not be done
   */
  static boolean copy(int from, int to) {
    Posix.Status old = Posix.status(from, new int[1]);
    Posix.Status now = Posix.status(to, new int[1]);
    if (old == null || now == null) {
      return false;
    }
    if (!now.owner().equals(old.owner()) && Posix.chown(to, old.owner()) < 0) {
      return false;
    }
    // After the owner, whose change takes some bits of the mode away.
    if (Posix.chmod(to, old.permissions()) < 0) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      return copyExtended(from, to, arena);
    }
  }

  private static boolean copyExtended(int from, int to, Arena arena) {
    Map<String, MemorySegment> wanted = extended(from, arena);
    Map<String, MemorySegment> present = extended(to, arena);
    if (wanted == null || present == null) {
      return false;
    }
    for (String name : present.keySet()) {
      if (!wanted.containsKey(name) && Posix.removeAttribute(to, arena.allocateFrom(name)) < 0) {
        return false;
      }
    }
    for (Map.Entry<String, MemorySegment> attribute : wanted.entrySet()) {
      MemorySegment has = present.get(attribute.getKey());
      boolean same = has != null && has.mismatch(attribute.getValue()) < 0;
      MemorySegment name = arena.allocateFrom(attribute.getKey());
      if (!same && Posix.setAttribute(to, name, attribute.getValue()) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The extended attributes, none where the file system has none; null if they cannot be read. */
  private static Map<String, MemorySegment> extended(int fd, Arena arena) {
    Map<String, MemorySegment> attributes = new LinkedHashMap<>();
    MemorySegment names = arena.allocate(MOST);
    long length = Posix.attributes(fd, names);
    if (length < 0) {
      return Errno.meansUnsupported((int) -length) ? attributes : null;
    }
    for (String name : split(names.asSlice(0, length))) {
      if (isOfContent(name)) {
        continue;
      }
      MemorySegment value = arena.allocate(MOST);
      long size = Posix.attribute(fd, arena.allocateFrom(name), value);
      if (size < 0) {
        return null;
      }
      attributes.put(name, value.asSlice(0, size));
    }
    return attributes;
  }

  /** The system's own seals on a file's bytes, which are other ones in the new file. */
  private static boolean isOfContent(String name) {
    return name.equals("security.ima") || name.equals("security.evm");
  }

  private static List<String> split(MemorySegment names) {
    byte[] bytes = names.toArray(JAVA_BYTE);
    List<String> list = new ArrayList<>();
    int start = 0;
    for (int at = 0; at < bytes.length; at++) {
      if (bytes[at] == 0) {
        list.add(new String(bytes, start, at - start, UTF_8));
        start = at + 1;
      }
    }
    return list;
  }
}
