package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The native calls of this package: Linux's system calls, and the C library's posix_spawn. All
 * arguments are numbers or addresses; whoever passes an address keeps its arena open. Calls act on
 * the thread that makes them, which must be a platform thread.
 */
final class Kernel {
  static final boolean ARM = System.getProperty("os.arch").equals("aarch64");

  static final int EPERM = 1;
  static final int EINTR = 4;
  static final int EACCES = 13;
  static final int ENOSYS = 38;

  static final int SYS_FCNTL = ARM ? 25 : 72;
  static final int SYS_CLOSE = ARM ? 57 : 3;
  static final int SYS_OPENAT = ARM ? 56 : 257;
  static final int SYS_SOCKET = ARM ? 198 : 41;
  static final int SYS_EXECVE = ARM ? 221 : 59;
  static final int SYS_WAIT4 = ARM ? 260 : 61;
  static final int SYS_KILL = ARM ? 129 : 62;
  static final int SYS_GETPID = ARM ? 172 : 39;
  static final int SYS_GETPPID = ARM ? 173 : 110;
  static final int SYS_PRCTL = ARM ? 167 : 157;
  static final int SYS_CAPGET = ARM ? 90 : 125;
  static final int SYS_CAPSET = ARM ? 91 : 126;
  static final int SYS_PRLIMIT64 = ARM ? 261 : 302;
  static final int SYS_SECCOMP = ARM ? 277 : 317;
  static final int SYS_LANDLOCK_CREATE_RULESET = 444;
  static final int SYS_LANDLOCK_ADD_RULE = 445;
  static final int SYS_LANDLOCK_RESTRICT_SELF = 446;

  static final int AT_FDCWD = -100;
  static final int O_PATH = 010000000;
  static final int O_CLOEXEC = 02000000;
  static final int PR_SET_PDEATHSIG = 1;
  static final int PR_SET_NO_NEW_PRIVS = 38;
  static final int SIGKILL = 9;

  private static final int F_DUPFD_CLOEXEC = 1030;

  /** Above the descriptors that a child process gets, which must not be written over. */
  private static final int HIGH = 100;

  private Kernel() {}

  /** Bound when the first call is made, and so on no other system. */
  @SuppressWarnings("restricted") // opened by --enable-native-access
  private static final class SystemCall {
    static final MethodHandle HANDLE =
        Linker.nativeLinker()
            .downcallHandle(
                Linker.nativeLinker().defaultLookup().findOrThrow("syscall"),
                // As dev.platter.storage has it, so that it is bound once.
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG),
                Linker.Option.captureCallState("errno"));

    private SystemCall() {}
  }

  /** A function of the C library, by its address. */
  @SuppressWarnings("restricted")
  private static final class Function {
    // Numbers and addresses alike are passed in registers, whatever they are declared as.
    static final MethodHandle HANDLE =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(
                    JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private Function() {}
  }

  /** Whether there is a Linux that is known here, and native calls are allowed. */
  static boolean isKnown() {
    String arch = System.getProperty("os.arch");
    return System.getProperty("os.name").equals("Linux")
        && (arch.equals("amd64") || arch.equals("aarch64"))
        && Kernel.class.getModule().isNativeAccessEnabled();
  }

  /** Makes a system call: its result, or the negated error number. */
  static long call(long number, long... arguments) {
    long[] six = Arrays.copyOf(arguments, 6);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = arena.allocate(JAVA_INT);
      long result =
          (long)
              SystemCall.HANDLE.invokeExact(
                  errno,
                  number,
                  six[0],
                  MemorySegment.ofAddress(six[1]),
                  six[2],
                  six[3],
                  six[4],
                  six[5]);
      return result == -1 ? -errno.get(JAVA_INT, 0) : result;
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  /**
   * Makes a system call that has to succeed.
   *
   * @param what it is for, as in "cannot ..."
   */
  static long checked(String what, long number, long... arguments) throws IOException {
    long result = call(number, arguments);
    if (result < 0) {
      throw new IOException("cannot " + what + " (error " + -result + ")");
    }
    return result;
  }

  /** Whether the C library has a function. */
  static boolean hasFunction(String name) {
    return Linker.nativeLinker().defaultLookup().find(name).isPresent();
  }

  /** Calls a function of the C library that answers with an error number or 0. */
  static int function(String name, long... arguments) throws IOException {
    long[] six = Arrays.copyOf(arguments, 6);
    MemorySegment address =
        Linker.nativeLinker()
            .defaultLookup()
            .find(name)
            .orElseThrow(() -> new IOException("the C library has no " + name));
    try {
      return (int)
          Function.HANDLE.invokeExact(address, six[0], six[1], six[2], six[3], six[4], six[5]);
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }

  /** Opens a path to say something of it, not to read it; the negated error number if it cannot. */
  static long openPath(byte[] path) {
    try (Arena arena = Arena.ofConfined()) {
      return call(SYS_OPENAT, AT_FDCWD, text(path, arena).address(), O_PATH | O_CLOEXEC, 0);
    }
  }

  /** Opens a file for reading; the negated error number if it cannot. */
  static long openToRead(String path) {
    try (Arena arena = Arena.ofConfined()) {
      return call(SYS_OPENAT, AT_FDCWD, text(path, arena).address(), O_CLOEXEC, 0);
    }
  }

  /** Another descriptor for what is open, with a number that no child process uses. */
  static int highCopyOf(int descriptor) throws IOException {
    return (int) checked("pass on a file", SYS_FCNTL, descriptor, F_DUPFD_CLOEXEC, HIGH);
  }

  static void close(long descriptor) {
    call(SYS_CLOSE, descriptor);
  }

  /** Bytes with a zero behind them. */
  static MemorySegment text(byte[] bytes, Arena arena) {
    MemorySegment text = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, text, 0, bytes.length);
    return text;
  }

  static MemorySegment text(String ascii, Arena arena) {
    return text(ascii.getBytes(StandardCharsets.US_ASCII), arena);
  }
}
