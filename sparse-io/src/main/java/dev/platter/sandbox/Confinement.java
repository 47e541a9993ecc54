package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.platter.storage.HandedFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The inside of a {@link Sandbox}: what its process does before all else. It limits itself, leaves
 * to all of its threads the few system calls that they need, and then tries what it must not be
 * able to do.
 */
public final class Confinement {
  /** The system property that a process in a sandbox is started with. */
  public static final String PROPERTY = Sandbox.PROPERTY;

  private static final int RLIMIT_CPU = 0;
  private static final int RLIMIT_FSIZE = 1;
  private static final int RLIMIT_CORE = 4;
  private static final int RLIMIT_NOFILE = 7;
  private static final int RLIMIT_AS = 9;
  private static final int RLIMIT_MSGQUEUE = 12;

  /** Beside the heap: code, classes, stacks, buffers of codecs, and the files of the runtime. */
  private static final long BESIDE_HEAP = 3L << 30;

  /** From the signal that says so to the end, seconds. */
  private static final long LAST_SECONDS = 10;

  private static final int O_DIRECTORY = Kernel.ARM ? 040000 : 0200000;
  private static final int AF_UNIX = 1;
  private static final int SOCK_STREAM = 1;

  private Confinement() {}

  /** What the parent has put upon it, and what it is to put upon itself. */
  record Settings(long parent, boolean landlock, boolean seccomp, Bounds bounds) {
    static Settings parse(String text) {
      String[] words = text.split(":", -1);
      return new Settings(
          Long.parseLong(words[0]),
          words[1].equals("1"),
          words[2].equals("1"),
          new Bounds(
              Long.parseLong(words[3]),
              Long.parseLong(words[4]),
              Long.parseLong(words[5]),
              Integer.parseInt(words[6])));
    }

    @Override
    public String toString() {
      return parent
          + (landlock ? ":1" : ":0")
          + (seccomp ? ":1:" : ":0:")
          + bounds.memory()
          + ":"
          + bounds.processorSeconds()
          + ":"
          + bounds.fileBytes()
          + ":"
          + bounds.openFiles();
    }
  }

  /**
   * Shuts the door, if this process was started by a {@link Sandbox}; does nothing else.
   *
   * @throws IOException if what was promised is not so; the process must end then
   */
  public static void enter() throws IOException {
    String text = System.getProperty(PROPERTY);
    if (text == null) {
      return;
    }
    Settings settings = Settings.parse(text);
    Kernel.checked(
        "end with its parent", Kernel.SYS_PRCTL, Kernel.PR_SET_PDEATHSIG, Kernel.SIGKILL, 0, 0, 0);
    if (Kernel.call(Kernel.SYS_GETPPID) != settings.parent) {
      throw new IOException("the process that started it is gone");
    }
    takeOver(System.getProperty(Sandbox.FILES_PROPERTY, ""));
    limit(settings.bounds);
    if (settings.seccomp) {
      SystemCallFilter.ofImageWork().installOnAllThreads();
    }
    check(settings);
    HandedFiles.confine();
  }

  private static void takeOver(String files) {
    if (files.isEmpty()) {
      return;
    }
    for (String file : files.split(",", -1)) {
      int equals = file.indexOf('=');
      HandedFiles.add(
          Sandbox.handedName(file.substring(equals + 1)),
          Integer.parseInt(file.substring(0, equals)));
    }
  }

  private static void limit(Bounds bounds) throws IOException {
    limit(RLIMIT_AS, memory(bounds), memory(bounds));
    limit(RLIMIT_CPU, bounds.processorSeconds(), bounds.processorSeconds() + LAST_SECONDS);
    limit(RLIMIT_FSIZE, bounds.fileBytes(), bounds.fileBytes());
    limit(RLIMIT_NOFILE, bounds.openFiles(), bounds.openFiles());
    limit(RLIMIT_CORE, 0, 0);
    limit(RLIMIT_MSGQUEUE, 0, 0);
  }

  private static long memory(Bounds bounds) {
    return bounds.memory() > 0 ? bounds.memory() : Runtime.getRuntime().maxMemory() + BESIDE_HEAP;
  }

  /** No limit becomes larger than it was. */
  private static void limit(int resource, long soft, long hard) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(16, 8);
      Kernel.checked("ask for a limit", Kernel.SYS_PRLIMIT64, 0, resource, 0, limit.address());
      long most = limit.get(JAVA_LONG, 8);
      limit.set(JAVA_LONG, 0, least(soft, most));
      limit.set(JAVA_LONG, 8, least(hard, most));
      Kernel.checked("set a limit", Kernel.SYS_PRLIMIT64, 0, resource, limit.address(), 0);
    }
  }

  /** Of two limits the lower one; without sign, as the highest number is "none". */
  private static long least(long a, long b) {
    return Long.compareUnsigned(a, b) < 0 ? a : b;
  }

  /** Tries what must fail, and how. */
  private static void check(Settings settings) throws IOException {
    if (settings.landlock) {
      try (Arena arena = Arena.ofConfined()) {
        long root = Kernel.text("/", arena).address();
        long opened = Kernel.call(Kernel.SYS_OPENAT, Kernel.AT_FDCWD, root, O_DIRECTORY, 0);
        require(opened == -Kernel.EACCES, "files can be opened that it was not given");
      }
    }
    if (settings.seccomp) {
      long socket = Kernel.call(Kernel.SYS_SOCKET, AF_UNIX, SOCK_STREAM, 0);
      require(socket == -Kernel.EPERM, "sockets can be made");
      require(Kernel.call(Kernel.SYS_EXECVE, 0, 0, 0) == -Kernel.EPERM, "programs can be started");
    }
    long most = memory(settings.bounds);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(16, 8);
      Kernel.checked("ask for a limit", Kernel.SYS_PRLIMIT64, 0, RLIMIT_AS, 0, limit.address());
      require(Long.compareUnsigned(limit.get(JAVA_LONG, 8), most) <= 0, "memory is not limited");
    }
  }

  private static void require(boolean isSo, String otherwise) throws IOException {
    if (!isSo) {
      throw new IOException("the sandbox does not hold: " + otherwise);
    }
  }
}
