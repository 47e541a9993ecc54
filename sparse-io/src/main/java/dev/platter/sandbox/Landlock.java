package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.platter.storage.FileNames;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The list of files that a thread, and the programs that it starts, may open from some moment on
 * (Linux, Documentation/userspace-api/landlock.rst). What is not on it is denied: reading, writing,
 * making, removing, starting; TCP and signals to others, too, where the kernel knows that much.
 */
final class Landlock implements Closeable {
  static final long EXECUTE = 1;
  static final long WRITE_FILE = 1 << 1;
  static final long READ_FILE = 1 << 2;
  static final long READ_DIR = 1 << 3;
  static final long TRUNCATE = 1 << 14;

  private static final long OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE;

  /** What the versions know of file systems; beyond the last one nothing is handled here. */
  private static final long[] HANDLED = {
    0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, (1 << 16) - 1
  };

  private static final int KNOWS_NETWORK = 4;
  private static final int KNOWS_SCOPES = 6;
  private static final long TCP = 3;
  private static final long SCOPES = 3;

  private static final int CREATE_RULESET_VERSION = 1;
  private static final int RULE_PATH_BENEATH = 1;

  /** The device or pipe is in no directory, and needs no rule. */
  private static final int EBADFD = 77;

  private final int ruleset;
  private final long handled;

  private Landlock(int ruleset, long handled) {
    this.ruleset = ruleset;
    this.handled = handled;
  }

  /** The version of the kernel's interface; 0: there is none, or it is switched off. */
  static int version() {
    return (int)
        Math.max(0, Kernel.call(Kernel.SYS_LANDLOCK_CREATE_RULESET, 0, 0, CREATE_RULESET_VERSION));
  }

  /** An empty list: nothing may be opened. */
  static Landlock create() throws IOException {
    int version = version();
    long handled = HANDLED[Math.min(version, HANDLED.length - 1)];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment attributes = arena.allocate(24, 8);
      attributes.set(JAVA_LONG, 0, handled);
      attributes.set(JAVA_LONG, 8, version >= KNOWS_NETWORK ? TCP : 0);
      attributes.set(JAVA_LONG, 16, version >= KNOWS_SCOPES ? SCOPES : 0);
      // What a kernel does not know of the structure it takes as long as that is zero.
      long made =
          Kernel.checked(
              "make a Landlock ruleset",
              Kernel.SYS_LANDLOCK_CREATE_RULESET,
              attributes.address(),
              attributes.byteSize(),
              0);
      return new Landlock((int) made, handled);
    }
  }

  /**
   * Lets a file, or all below a directory, be opened. What is not there needs no permission.
   *
   * @param access in which ways
   */
  void allow(Path path, long access) throws IOException {
    String name = FileNames.text(path);
    long fd = Kernel.openPath(FileNames.bytes(name));
    if (fd < 0) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment rule = arena.allocate(16, 8);
      long ways = Files.isDirectory(path) ? access : access & OF_FILES;
      rule.set(JAVA_LONG, 0, ways & handled);
      rule.set(JAVA_INT, 8, (int) fd);
      long result =
          Kernel.call(Kernel.SYS_LANDLOCK_ADD_RULE, ruleset, RULE_PATH_BENEATH, rule.address(), 0);
      if (result < 0 && result != -EBADFD) {
        throw new IOException("cannot let the sandbox have '" + name + "' (error " + -result + ")");
      }
    } finally {
      Kernel.close(fd);
    }
  }

  /** The list counts for the calling thread and whatever it starts, from now on and for ever. */
  void restrictThread() throws IOException {
    Kernel.checked("apply a Landlock ruleset", Kernel.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0);
  }

  @Override
  public void close() {
    Kernel.close(ruleset);
  }
}
