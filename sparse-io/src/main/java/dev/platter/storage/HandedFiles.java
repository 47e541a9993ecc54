package dev.platter.storage;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The open files that a parent process has handed to this one, which can make none itself: see
 * {@code dev.platter.sandbox}. Empty in all other processes. As standard input is, they are the
 * process's own, and of use to whoever takes them; safe for use by many threads.
 */
public final class HandedFiles {
  /** The name of the file in which the child says what it has done, a zero byte behind each. */
  public static final String RECEIPT = "receipt";

  /** That it has shut itself in. All else is the paths of new files that are whole. */
  public static final String CONFINED = "confined";

  private static final Map<String, Integer> NAMED = new HashMap<>();
  private static final Deque<Integer> SCRATCH = new ArrayDeque<>();

  private static volatile boolean confined;

  private HandedFiles() {}

  /**
   * From now on this process makes no file: new ones are those that are handed to it. The receipt
   * says so.
   */
  public static void confine() throws IOException {
    confined = true;
    if (descriptor(RECEIPT) != null) {
      say(CONFINED);
    }
  }

  /** Whether this process can open no files but those it was given. */
  public static boolean isConfined() {
    return confined;
  }

  /**
   * Notes a file that was handed over.
   *
   * @param name as which it is asked for; empty: it is scratch space for whoever needs some
   * @param descriptor its number
   */
  public static void add(String name, int descriptor) {
    synchronized (NAMED) {
      if (name.isEmpty()) {
        SCRATCH.add(descriptor);
      } else {
        NAMED.put(name, descriptor);
      }
    }
  }

  /**
   * Opens what was handed over under a name.
   *
   * @throws IOException if there is no such file
   */
  public static FileStorage open(String name, boolean writable) throws IOException {
    Integer descriptor = descriptor(name);
    if (descriptor == null) {
      throw new IOException(name + ": this process was not given such a file");
    }
    return FileStorage.open(place(descriptor), name, writable);
  }

  /**
   * The new file that is to be at a path; empty where this process makes its files itself.
   *
   * @throws IOException if it is not one of those that this process was given
   */
  public static Optional<FileStorage> target(Path path, FileOption... options) throws IOException {
    if (!confined) {
      return Optional.empty();
    }
    String name = FileNames.text(path);
    Integer descriptor = descriptor(name);
    if (descriptor == null) {
      throw new IOException(name + ": in a sandbox no file can be made but the target");
    }
    return Optional.of(FileStorage.open(place(descriptor), name, true, options));
  }

  /** All bytes of a small file that was handed over under a name. */
  public static byte[] read(String name) throws IOException {
    try (FileStorage file = open(name, false)) {
      byte[] bytes = new byte[Math.toIntExact(file.size())];
      file.readFully(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  /** Says that the new file at that path is whole. */
  public static void completed(Path path) throws IOException {
    say(FileNames.text(path));
  }

  private static void say(String what) throws IOException {
    try (FileStorage receipt = open(RECEIPT, true)) {
      receipt.write(receipt.size(), MemorySegment.ofArray(FileNames.bytes(what + "\0")));
    }
  }

  /** An unnamed file of scratch space, where this process can make none. */
  static Optional<FileStorage> scratch(String name) throws IOException {
    if (!confined) {
      return Optional.empty();
    }
    Integer descriptor;
    synchronized (NAMED) {
      descriptor = SCRATCH.poll();
    }
    if (descriptor == null) {
      throw new IOException(name + ": no more scratch files are to be had in this sandbox");
    }
    return Optional.of(FileStorage.open(place(descriptor), name, true));
  }

  /** Where a path leads in this process: to the file that was handed over for it, or itself. */
  static Path place(Path path) {
    if (!confined) {
      return path;
    }
    Integer descriptor = descriptor(FileNames.text(path));
    return descriptor == null ? path : place(descriptor);
  }

  private static Path place(int descriptor) {
    return Path.of("/proc/self/fd/" + descriptor);
  }

  private static Integer descriptor(String name) {
    synchronized (NAMED) {
      return NAMED.get(name);
    }
  }
}
