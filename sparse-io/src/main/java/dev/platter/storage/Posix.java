package dev.platter.storage;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * Linux's system calls, and the only native calls of this package.
 *
 * <p>All go through the C library's {@code syscall(2)}: every native signature costs milliseconds
 * at start-up, so there is one. Every method answers the system's result, or the negated error
 * number. Pointers are passed as segments, whose arena therefore can not be closed while the call
 * runs; small structures live in a scratch segment of the thread.
 */
final class Posix {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_CREAT = 0100;
  static final int O_EXCL = 0200;
  static final int O_DSYNC = 010000;
  static final int O_NONBLOCK = 04000;
  static final int O_CLOEXEC = 02000000;
  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final int FALLOC_KEEP_SIZE = 1;
  static final int FALLOC_PUNCH_HOLE = 2;
  static final int FALLOC_ZERO_RANGE = 16;
  static final int FADV_SEQUENTIAL = 2;
  static final int FADV_WILLNEED = 3;
  static final int FADV_DONTNEED = 4;
  static final int SIGQUIT = 3;
  static final long SIG_DFL = 0;
  static final long SIG_IGN = 1;

  private static final boolean ARM = System.getProperty("os.arch").equals("aarch64");
  static final int O_DIRECT = ARM ? 0200000 : 040000;
  static final int O_TMPFILE = 020000000 | (ARM ? 040000 : 0200000);

  private static final int SYS_CLOSE = ARM ? 57 : 3;
  private static final int SYS_WRITE = ARM ? 64 : 1;
  private static final int SYS_FCNTL = ARM ? 25 : 72;
  private static final int SYS_DUP3 = ARM ? 24 : 292;
  private static final int SYS_LSEEK = ARM ? 62 : 8;
  private static final int SYS_IOCTL = ARM ? 29 : 16;
  private static final int SYS_FCHMOD = ARM ? 52 : 91;
  private static final int SYS_FCHOWN = ARM ? 55 : 93;
  private static final int SYS_FSETXATTR = ARM ? 7 : 190;
  private static final int SYS_FGETXATTR = ARM ? 10 : 193;
  private static final int SYS_FLISTXATTR = ARM ? 13 : 196;
  private static final int SYS_FREMOVEXATTR = ARM ? 16 : 199;
  private static final int SYS_PREAD64 = ARM ? 67 : 17;
  private static final int SYS_PWRITE64 = ARM ? 68 : 18;
  private static final int SYS_FDATASYNC = ARM ? 83 : 75;
  private static final int SYS_FTRUNCATE = ARM ? 46 : 77;
  private static final int SYS_FADVISE64 = ARM ? 223 : 221;
  private static final int SYS_SPLICE = ARM ? 76 : 275;
  private static final int SYS_VMSPLICE = ARM ? 75 : 278;
  private static final int SYS_OPENAT = ARM ? 56 : 257;
  private static final int SYS_LINKAT = ARM ? 37 : 265;
  private static final int SYS_FSTATFS = ARM ? 44 : 138;
  private static final int SYS_FALLOCATE = ARM ? 47 : 285;
  private static final int SYS_COPY_FILE_RANGE = ARM ? 285 : 326;
  private static final int SYS_RT_SIGACTION = ARM ? 134 : 13;
  private static final int SYS_STATX = ARM ? 291 : 332;

  private static final int AT_FDCWD = -100;
  private static final int AT_SYMLINK_FOLLOW = 0x400;
  private static final int AT_EMPTY_PATH = 0x1000;
  private static final int STATX_BASIC_STATS = 0x7ff;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETPIPE_SZ = 1031;
  private static final int F_GETPIPE_SZ = 1032;
  private static final int SIGACTION_SIZE = 32;
  private static final int SIGSET_SIZE = 8;
  private static final long STATX_ATTR_MOUNT_ROOT = 0x2000;
  private static final int F_OFD_GETLK = 36;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final short F_UNLCK = 2;
  private static final long FLOCK_SIZE = 32;
  private static final long FICLONERANGE = 0x4020940DL;
  private static final long EXT_MAGIC = 0xEF53;

  // The scratch segment of a thread: errno first, then one structure at a time.
  private static final long STRUCT = 16;
  private static final long STATX_SIZE = 256;
  private static final ThreadLocal<MemorySegment> SCRATCH =
      new ThreadLocal<>() { // no lambda: it would cost more at start-up than the call itself
        @Override
        protected MemorySegment initialValue() {
          return Arena.ofAuto().allocate(STRUCT + STATX_SIZE, 16);
        }
      };

  private Posix() {}

  /**
   * The one handle, made when the first native storage is opened. It is told at each call where the
   * function is: bound to that, it would take another class that is made at run time.
   */
  private static final class Handle {
    static final MemorySegment FUNCTION =
        Linker.nativeLinker().defaultLookup().findOrThrow("syscall");

    // Not marked as variadic, which it is in C: on Linux that makes no difference to the call, and
    // a third of the time to make it.
    static final MethodHandle SYSCALL =
        Linker.nativeLinker()
            .downcallHandle(
                FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG),
                Linker.Option.captureCallState("errno"));
  }

  /**
   * Whether this machine and this process can make the calls; if not, plain Java takes their place.
   */
  static boolean available() {
    String arch = System.getProperty("os.arch");
    return System.getProperty("os.name").equals("Linux")
        && (arch.equals("amd64") || arch.equals("aarch64"))
        && !"java".equals(System.getProperty("platter.storage"))
        && Posix.class.getModule().isNativeAccessEnabled();
  }

  /**
   * Gives a signal its default action, or none (rt_sigaction; the struct begins with the handler).
   *
   * @param handler {@link #SIG_DFL} or {@link #SIG_IGN}
   */
  static long setAction(int signal, long handler) {
    MemorySegment action = SCRATCH.get().asSlice(STRUCT, SIGACTION_SIZE);
    action.fill((byte) 0);
    action.set(JAVA_LONG, 0, handler);
    return call(SYS_RT_SIGACTION, signal, action, 0, SIGSET_SIZE, 0, 0);
  }

  private static MemorySegment name(Path path, Arena arena) {
    byte[] bytes = FileNames.bytes(path);
    MemorySegment name = arena.allocate(bytes.length + 1L);
    MemorySegment.copy(bytes, 0, name, JAVA_BYTE, 0, bytes.length);
    return name;
  }

  static long open(Path path, int flags, int mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = name(path, arena);
      return call(SYS_OPENAT, AT_FDCWD, name, flags | O_CLOEXEC, mode, 0, 0);
    }
  }

  static long close(int fd) {
    // Never repeated: Linux gives the number up even when it reports EINTR.
    return callOnce(SYS_CLOSE, fd, MemorySegment.NULL, 0, 0, 0, 0, SCRATCH.get());
  }

  /** Writes where the descriptor stands. */
  static long write(int fd, MemorySegment source, long length) {
    return call(SYS_WRITE, fd, source, length, 0, 0, 0);
  }

  /** Lets a pipe have a file's own pages, from an offset on; waits for room in the pipe. */
  static long splice(int file, long offset, int pipe, long length) {
    MemorySegment from = SCRATCH.get().asSlice(STRUCT, 8);
    from.set(JAVA_LONG, 0, offset);
    return call(SYS_SPLICE, file, from, pipe, 0, length, 0);
  }

  /**
   * Lets a pipe have pages of this process, which must never change again; waits for room in it.
   */
  static long vmsplice(int pipe, MemorySegment pages, long length) {
    MemorySegment iovec = SCRATCH.get().asSlice(STRUCT, 16);
    iovec.set(JAVA_LONG, 0, pages.address());
    iovec.set(JAVA_LONG, 8, length);
    return call(SYS_VMSPLICE, pipe, iovec, 1);
  }

  /** How many bytes a pipe holds; an error for what is no pipe. */
  static long pipeSize(int fd) {
    return call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_GETPIPE_SZ), 0);
  }

  /** Lets a pipe hold more; where the user may not have that much, it stays as it is. */
  static long growPipe(int fd, int bytes) {
    return call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_SETPIPE_SZ), bytes);
  }

  /** Another descriptor for the same open file, none of the standard three. */
  static long duplicate(int fd) {
    return call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_DUPFD_CLOEXEC), 3, 0, 0, 0);
  }

  /** Makes {@code to} mean the open file that {@code from} means. */
  static long redirect(int to, int from) {
    return call(SYS_DUP3, from, MemorySegment.ofAddress(to), 0, 0, 0, 0);
  }

  static long pread(int fd, MemorySegment target, long length, long offset) {
    return call(SYS_PREAD64, fd, target, length, offset, 0, 0);
  }

  static long pwrite(int fd, MemorySegment source, long length, long offset) {
    return call(SYS_PWRITE64, fd, source, length, offset, 0, 0);
  }

  static long lseek(int fd, long offset, int whence) {
    return call(SYS_LSEEK, fd, MemorySegment.ofAddress(offset), whence, 0, 0, 0);
  }

  static long ftruncate(int fd, long size) {
    return call(SYS_FTRUNCATE, fd, MemorySegment.ofAddress(size), 0, 0, 0, 0);
  }

  static long fallocate(int fd, int mode, long offset, long length) {
    return call(SYS_FALLOCATE, fd, MemorySegment.ofAddress(mode), offset, length, 0, 0);
  }

  static long fadvise(int fd, long offset, long length, int advice) {
    return call(SYS_FADVISE64, fd, MemorySegment.ofAddress(offset), length, advice, 0, 0);
  }

  static long fdatasync(int fd) {
    return call(SYS_FDATASYNC, fd, MemorySegment.NULL, 0, 0, 0, 0);
  }

  static long copyFileRange(int in, long inOffset, int out, long outOffset, long length) {
    MemorySegment offsets = SCRATCH.get().asSlice(STRUCT, 16);
    offsets.set(JAVA_LONG, 0, inOffset);
    offsets.set(JAVA_LONG, 8, outOffset);
    return call(SYS_COPY_FILE_RANGE, in, offsets, out, offsets.address() + 8, length, 0);
  }

  /** Shares the source's blocks (struct file_clone_range); 0 if all of the range was shared. */
  static long cloneRange(int in, long inOffset, int out, long outOffset, long length) {
    MemorySegment range = SCRATCH.get().asSlice(STRUCT, 32);
    range.set(JAVA_LONG, 0, in);
    range.set(JAVA_LONG, 8, inOffset);
    range.set(JAVA_LONG, 16, length);
    range.set(JAVA_LONG, 24, outOffset);
    return call(SYS_IOCTL, out, MemorySegment.ofAddress(FICLONERANGE), range.address(), 0, 0, 0);
  }

  /** Locks a byte of an open file against those who want it for themselves alone. */
  static long lock(int fd, long at) {
    return call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_OFD_SETLK), flock(F_RDLCK, at, 1));
  }

  /** Gives up the locks that this open file has in a range. */
  static long unlock(int fd, long from, long length) {
    return call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_OFD_SETLK), flock(F_UNLCK, from, length));
  }

  /** Whether another open file has a lock on a byte: 1 or 0. */
  static long isLocked(int fd, long at) {
    long flock = flock(F_WRLCK, at, 1);
    long result = call(SYS_FCNTL, fd, MemorySegment.ofAddress(F_OFD_GETLK), flock);
    return result < 0 ? result : SCRATCH.get().get(JAVA_SHORT, STRUCT) == F_UNLCK ? 0 : 1;
  }

  /** A struct flock in the thread's scratch segment: its address. Ranges count from the start. */
  private static long flock(short type, long start, long length) {
    MemorySegment flock = SCRATCH.get().asSlice(STRUCT, FLOCK_SIZE);
    flock.fill((byte) 0);
    flock.set(JAVA_SHORT, 0, type);
    flock.set(JAVA_LONG, 8, start);
    flock.set(JAVA_LONG, 16, length);
    return flock.address();
  }

  static long chmod(int fd, int mode) {
    return call(SYS_FCHMOD, fd, MemorySegment.ofAddress(mode), 0);
  }

  static long chown(int fd, Owner owner) {
    return call(SYS_FCHOWN, fd, MemorySegment.ofAddress(owner.user()), owner.group());
  }

  /** The names of an open file's extended attributes, each ended by a zero byte: their length. */
  static long attributes(int fd, MemorySegment names) {
    return call(SYS_FLISTXATTR, fd, names, names.byteSize());
  }

  /**
   * The value of an extended attribute: its length.
   *
   * @param name ended by a zero byte
   */
  static long attribute(int fd, MemorySegment name, MemorySegment value) {
    return call(SYS_FGETXATTR, fd, name, value.address(), value.byteSize(), 0, 0);
  }

  static long setAttribute(int fd, MemorySegment name, MemorySegment value) {
    return call(SYS_FSETXATTR, fd, name, value.address(), value.byteSize(), 0, 0);
  }

  static long removeAttribute(int fd, MemorySegment name) {
    return call(SYS_FREMOVEXATTR, fd, name, 0);
  }

  /** Gives the file behind a descriptor a name. */
  static long link(int fd, Path target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment self = arena.allocateFrom("/proc/self/fd/" + fd);
      MemorySegment name = name(target, arena);
      return call(SYS_LINKAT, AT_FDCWD, self, AT_FDCWD, name.address(), AT_SYMLINK_FOLLOW, 0);
    }
  }

  /**
   * What the system knows of an open file.
   *
   * @param mode type and permissions
   * @param allocated bytes it takes on the medium
   * @param device the device that it is on, or that it is
   * @param inode its number there; -1 for a device itself
   * @param links how many names it has
   * @param owner whose it is
   * @param mounted whether something is mounted there, such as a file from elsewhere
   */
  record Status(
      int mode, long allocated, long device, long inode, int links, Owner owner, boolean mounted) {
    private static final int S_IFMT = 0170000;

    int permissions() {
      return mode & ~S_IFMT;
    }

    boolean isSameFile(Status other) {
      return device == other.device && inode == other.inode;
    }

    boolean isRegularFile() {
      return (mode & S_IFMT) == 0100000;
    }

    boolean isBlockDevice() {
      return (mode & S_IFMT) == 0060000;
    }

    boolean isDirectory() {
      return (mode & S_IFMT) == 0040000;
    }
  }

  /** The numbers of a file's user and group. */
  record Owner(int user, int group) {}

  /** The status of an open file, or null with the error number in {@code error[0]}. */
  static Status status(int fd, int[] error) {
    // The empty path: errno's slot is followed by zeros.
    MemorySegment empty = SCRATCH.get().asSlice(8, 1);
    empty.fill((byte) 0);
    return status(fd, empty, AT_EMPTY_PATH, error);
  }

  /** The status of whatever a path leads to, links followed. */
  static Status status(Path path, int[] error) {
    try (Arena arena = Arena.ofConfined()) {
      return status(AT_FDCWD, name(path, arena), 0, error);
    }
  }

  private static Status status(int fd, MemorySegment path, int flags, int[] error) {
    MemorySegment statx = SCRATCH.get().asSlice(STRUCT, STATX_SIZE);
    statx.fill((byte) 0);
    long result = call(SYS_STATX, fd, path, flags, STATX_BASIC_STATS, statx.address(), 0);
    if (result < 0) {
      error[0] = (int) -result;
      return null;
    }
    int mode = Short.toUnsignedInt(statx.get(JAVA_SHORT, 28));
    boolean device = (mode & Status.S_IFMT) == 0060000;
    long major = Integer.toUnsignedLong(statx.get(JAVA_INT, device ? 128 : 136));
    long minor = Integer.toUnsignedLong(statx.get(JAVA_INT, device ? 132 : 140));
    return new Status(
        mode,
        statx.get(JAVA_LONG, 48) * 512,
        major << 32 | minor,
        device ? -1 : statx.get(JAVA_LONG, 32),
        statx.get(JAVA_INT, 16),
        new Owner(statx.get(JAVA_INT, 20), statx.get(JAVA_INT, 24)),
        (statx.get(JAVA_LONG, 8) & STATX_ATTR_MOUNT_ROOT) != 0);
  }

  /** Whether an open file is on ext4 (or ext2 and ext3, which share its number). */
  static boolean isOnExt4(int fd) {
    MemorySegment statfs = SCRATCH.get().asSlice(STRUCT, STATX_SIZE);
    return call(SYS_FSTATFS, fd, statfs, 0, 0, 0, 0) == 0 && statfs.get(JAVA_LONG, 0) == EXT_MAGIC;
  }

  private static long call(long number, long a, MemorySegment b, long c) {
    return call(number, a, b, c, 0, 0, 0);
  }

  private static long call(long number, long a, MemorySegment b, long c, long d, long e, long f) {
    MemorySegment scratch = SCRATCH.get();
    while (true) {
      long result = callOnce(number, a, b, c, d, e, f, scratch);
      if (result != -Errno.EINTR) {
        return result;
      }
    }
  }

  private static long callOnce(
      long number, long a, MemorySegment b, long c, long d, long e, long f, MemorySegment scratch) {
    try {
      long result =
          (long) Handle.SYSCALL.invokeExact(Handle.FUNCTION, scratch, number, a, b, c, d, e, f);
      return result == -1 ? -scratch.get(JAVA_INT, 0) : result;
    } catch (RuntimeException | Error thrown) {
      throw thrown;
    } catch (Throwable thrown) {
      throw new AssertionError(thrown);
    }
  }
}
