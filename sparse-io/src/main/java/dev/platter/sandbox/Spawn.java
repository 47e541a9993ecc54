package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.platter.storage.FileNames;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A program about to be started by posix_spawn(3): what it is given is laid out in memory, so that
 * the thread which starts it has nothing left to do. {@link ProcessBuilder} passes no descriptors
 * on but the standard three.
 */
final class Spawn implements Closeable {
  /** More than the C library's structures take (80 and 336 bytes). */
  private static final long STRUCT = 1024;

  private static final String CLOSE_FROM = "posix_spawn_file_actions_addclosefrom_np";
  private static final int SETSIGMASK = 8;

  private final Arena arena = Arena.ofShared();
  private final List<Integer> copies = new ArrayList<>();
  private final MemorySegment actions = arena.allocate(STRUCT, 16);
  private final MemorySegment attributes = arena.allocate(STRUCT, 16);
  private final MemorySegment pid = arena.allocate(JAVA_INT);
  private final MemorySegment words;
  private final MemorySegment environment;

  /**
   * @param words the program's path and its arguments
   */
  Spawn(List<String> words, Map<String, String> environment) throws IOException {
    if (!Kernel.hasFunction(CLOSE_FROM)) {
      arena.close();
      throw new IOException("a sandbox needs a C library with " + CLOSE_FROM + " (glibc 2.34)");
    }
    this.words = texts(words);
    List<String> variables = new ArrayList<>();
    environment.forEach((name, value) -> variables.add(name + "=" + value));
    this.environment = texts(variables);
    checked("posix_spawn_file_actions_init", actions.address());
    checked("posix_spawnattr_init", attributes.address());
    // No signal is held back, whatever the thread that starts it does; the mask is all zeros.
    checked("posix_spawnattr_setsigmask", attributes.address(), arena.allocate(128).address());
    checked("posix_spawnattr_setflags", attributes.address(), SETSIGMASK);
  }

  private MemorySegment texts(List<String> texts) {
    MemorySegment pointers = arena.allocate(ADDRESS, texts.size() + 1L);
    for (int i = 0; i < texts.size(); i++) {
      pointers.setAtIndex(ADDRESS, i, Kernel.text(FileNames.bytes(texts.get(i)), arena));
    }
    return pointers;
  }

  /** Lets the program have an open file of this process under a number. */
  void descriptor(int own, int number) throws IOException {
    int copy = Kernel.highCopyOf(own); // else one could take the number of another
    copies.add(copy);
    checked("posix_spawn_file_actions_adddup2", actions.address(), copy, number);
  }

  /** The same for a file that the program can only read. */
  void descriptorToRead(int own, int number) throws IOException {
    long opened = Kernel.openToRead("/proc/self/fd/" + own);
    if (opened < 0) {
      throw new IOException("cannot open a file for a sandbox (error " + -opened + ")");
    }
    try {
      descriptor((int) opened, number);
    } finally {
      Kernel.close(opened);
    }
  }

  /** The program has no open files from that number on. */
  void noOthersFrom(int number) throws IOException {
    checked(CLOSE_FROM, actions.address(), number);
  }

  /**
   * Starts it from the calling thread, whose restrictions it inherits.
   *
   * @return the number of the process
   */
  int start() throws IOException {
    checked(
        "posix_spawn",
        pid.address(),
        words.get(ADDRESS, 0).address(),
        actions.address(),
        attributes.address(),
        words.address(),
        environment.address());
    return pid.get(JAVA_INT, 0);
  }

  private static void checked(String name, long... arguments) throws IOException {
    int error = Kernel.function(name, arguments);
    if (error != 0) {
      throw new IOException("cannot start a process in a sandbox: " + name + ": error " + error);
    }
  }

  @Override
  public void close() throws IOException {
    for (int copy : copies) {
      Kernel.close(copy);
    }
    try {
      checked("posix_spawn_file_actions_destroy", actions.address());
      checked("posix_spawnattr_destroy", attributes.address());
    } finally {
      arena.close();
    }
  }
}
