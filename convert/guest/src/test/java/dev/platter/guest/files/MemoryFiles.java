package dev.platter.guest.files;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A tree of files in memory: what a file system would answer, for tests of those who ask. */
public final class MemoryFiles extends Node {
  private static long inodes;

  private final long inode = ++inodes;
  private final Budget budget;
  private final Map<String, MemoryFiles> children = new LinkedHashMap<>();
  private byte[] bytes;

  /**
   * An empty directory.
   *
   * @param budget of all that is read
   */
  public MemoryFiles(Budget budget) {
    this.budget = budget;
  }

  /** Puts a file at the path, whose directories need not be there. */
  public MemoryFiles put(String path, byte[] content) {
    MemoryFiles at = this;
    for (String name : path.split("/", -1)) {
      if (!name.isEmpty()) {
        at = at.children.computeIfAbsent(name, key -> new MemoryFiles(budget));
      }
    }
    at.bytes = content;
    return this;
  }

  /** The same of a text. */
  public MemoryFiles put(String path, String content) {
    return put(path, content.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Kind kind() {
    return bytes == null ? Kind.DIRECTORY : Kind.FILE;
  }

  @Override
  public FileAttributes attributes() {
    int mode = bytes == null ? FileAttributes.DIRECTORY | 0755 : FileAttributes.FILE | 0644;
    long size = bytes == null ? 0 : bytes.length;
    Instant time = Instant.EPOCH;
    return new FileAttributes(
        0, inode, mode, 1, 0, 0, size, Optional.empty(), time, time, time, Optional.empty());
  }

  @Override
  public Optional<Node> child(String name) {
    return Optional.ofNullable(children.get(name));
  }

  @Override
  public Set<String> names() {
    return children.keySet();
  }

  @Override
  public Source content() {
    return new ArraySource("file", bytes, budget);
  }
}
