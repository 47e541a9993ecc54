package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.platter.storage.FileStorage;
import dev.platter.storage.HandedFiles;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;

/**
 * What a decoder that was taken over would try, tried in a sandbox by the system calls themselves:
 * prints for each attempt its name and the error number, 0 for a success.
 */
public final class HostileActions {
  private static final int O_WRONLY = 1;
  private static final int O_RDWR = 2;
  private static final int O_CREAT = 0100;
  private static final int O_TMPFILE = 020000000 | (Kernel.ARM ? 040000 : 0200000);
  private static final int CLONE_SIGHAND = 0x800; // without CLONE_VM, which is no valid call
  private static final int SIGXFSZ = 25;

  private final Path directory;

  private HostileActions(Path directory) {
    this.directory = directory;
  }

  /** Runs one of the tasks in its first argument, with files of the directory in its second. */
  public static void main(String[] arguments) throws Exception {
    CountDownLatch shut = new CountDownLatch(1);
    Thread early = new Thread(() -> socketAfter(shut)); // made before the door is shut
    early.setDaemon(true);
    early.start();
    Confinement.enter();
    HostileActions actions = new HostileActions(Path.of(arguments[1]));
    switch (arguments[0]) {
      case "all" -> {
        actions.files();
        actions.names();
        actions.others();
        actions.network();
        actions.limits();
        shut.countDown();
        early.join();
      }
      case "spin" -> spin();
      case "sleep" -> sleep();
      case "swell" -> actions.swell();
      default -> throw new IllegalArgumentException(arguments[0]);
    }
    System.out.flush();
    Runtime.getRuntime().halt(0);
  }

  private static void socketAfter(CountDownLatch shut) {
    try {
      shut.await();
    } catch (InterruptedException e) {
      return;
    }
    tell("socket of an earlier thread", Kernel.call(Kernel.SYS_SOCKET, 2, 1, 0));
  }

  private static void tell(String what, long result) {
    System.out.println(what + ": " + (result < 0 ? -result : 0));
  }

  private static int number(int x86, int arm) {
    return Kernel.ARM ? arm : x86;
  }

  private long open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      return Kernel.call(
          Kernel.SYS_OPENAT, Kernel.AT_FDCWD, Kernel.text(path, arena).address(), flags, 0600);
    }
  }

  private String in(String name) {
    return directory.resolve(name).toString();
  }

  private void files() throws IOException {
    tell("read what was given", open(in("given"), 0));
    tell("read /etc/passwd", open("/etc/passwd", 0));
    tell("read beside", open(in("other"), 0));
    tell("list the directory", open(in("."), Kernel.ARM ? 040000 : 0200000));
    tell("list the root", open("/", Kernel.ARM ? 040000 : 0200000));
    tell("read the parent's environment", open("/proc/" + parent() + "/environ", 0));
    tell("read the parent's memory", open("/proc/" + parent() + "/mem", 0));
    tell("write what was given to read", open(in("given"), O_RDWR));
    tell("write beside", open(in("other"), O_WRONLY));
    tell("make a file", open(in("new"), O_WRONLY | O_CREAT));
    tell("make an unnamed file", open(in("."), O_RDWR | O_TMPFILE));
    tell("make a file in /tmp", open("/tmp/platter-hostile", O_WRONLY | O_CREAT));
    tell("write to a device", open("/dev/tty", O_RDWR));
    try (FileStorage handed = HandedFiles.open("handed", true)) {
      handed.write(0, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      tell("write what was handed over", 0);
    }
    tell("write what was handed to read", write(open("/proc/self/fd/4", O_RDWR)));
    tell("write through its descriptor", write(4));
  }

  private static long write(long descriptor) {
    if (descriptor < 0) {
      return descriptor;
    }
    try (Arena arena = Arena.ofConfined()) {
      return Kernel.call(number(18, 68), descriptor, arena.allocate(8).address(), 1, 0);
    }
  }

  private static long parent() {
    return Kernel.call(Kernel.SYS_GETPPID);
  }

  /** Everything that gives files names, takes them, or changes what is said of them. */
  private void names() {
    try (Arena arena = Arena.ofConfined()) {
      long other = Kernel.text(in("other"), arena).address();
      long fresh = Kernel.text(in("fresh"), arena).address();
      long here = Kernel.AT_FDCWD;
      tell("link", Kernel.call(number(265, 37), here, other, here, fresh, 0));
      tell("symlink", Kernel.call(number(266, 36), other, here, fresh));
      tell("rename", Kernel.call(number(316, 276), here, other, here, fresh, 0));
      tell("unlink", Kernel.call(number(263, 35), here, other, 0));
      tell("mkdir", Kernel.call(number(258, 34), here, fresh, 0700));
      tell("mknod", Kernel.call(number(259, 33), here, fresh, 0100600, 0));
      tell("chmod", Kernel.call(number(268, 53), here, other, 0777));
      tell("chown", Kernel.call(number(260, 54), here, other, 1, 1, 0));
      tell("utimensat", Kernel.call(number(280, 88), here, other, 0, 0));
      tell("truncate", Kernel.call(number(76, 45), other, 0));
      tell("setxattr", Kernel.call(number(188, 5), other, fresh, fresh, 1, 0));
      tell("mount", Kernel.call(number(165, 40), other, fresh, 0, 0, 0));
      tell("chroot", Kernel.call(number(161, 51), fresh));
    }
  }

  /** Everything that reaches other processes or makes some. */
  private void others() {
    long parent = parent();
    tell("clone", Kernel.call(number(56, 220), CLONE_SIGHAND, 0, 0, 0, 0));
    tell("clone3", Kernel.call(435, 0, 0));
    try (Arena arena = Arena.ofConfined()) {
      long program = Kernel.text("/bin/true", arena).address();
      tell("execve", Kernel.call(Kernel.SYS_EXECVE, program, 0, 0));
      tell("execveat", Kernel.call(number(322, 281), Kernel.AT_FDCWD, program, 0, 0, 0));
    }
    try {
      new ProcessBuilder("/bin/true").start();
      tell("start a program", 0);
    } catch (IOException e) {
      tell("start a program", -Kernel.EPERM);
    }
    tell("kill", Kernel.call(Kernel.SYS_KILL, parent, 0));
    tell("tgkill", Kernel.call(number(234, 131), parent, parent, 0));
    tell("ptrace", Kernel.call(number(101, 117), 16, parent, 0, 0));
    tell("process_vm_readv", Kernel.call(number(310, 270), parent, 0, 0, 0, 0));
    tell("pidfd_open", Kernel.call(434, parent, 0));
    tell("unshare", Kernel.call(number(272, 97), 0x10000000));
    tell("bpf", Kernel.call(number(321, 280), 0, 0, 0));
    tell("perf_event_open", Kernel.call(number(298, 241), 0, 0, 0, 0, 0));
    tell("io_uring_setup", Kernel.call(425, 1, 0));
    tell("userfaultfd", Kernel.call(number(323, 282), 1));
    tell("memfd_create", Kernel.call(number(319, 279), 0, 0));
    tell("keyctl", Kernel.call(number(250, 219), 0, 0, 0));
    tell("stay when the parent dies", Kernel.call(Kernel.SYS_PRCTL, 1, 0, 0, 0, 0));
    tell("a system call of tomorrow", Kernel.call(600));
  }

  private void network() {
    tell("socket of IPv4", Kernel.call(Kernel.SYS_SOCKET, 2, 1, 0));
    tell("socket of IPv6", Kernel.call(Kernel.SYS_SOCKET, 10, 2, 0));
    tell("socket of this machine", Kernel.call(Kernel.SYS_SOCKET, 1, 1, 0));
    tell("socket of netlink", Kernel.call(Kernel.SYS_SOCKET, 16, 3, 0));
    tell("connect", Kernel.call(number(42, 203), 0, 0, 0));
    tell("shared memory", Kernel.call(number(29, 194), 0, 4096, 01600));
  }

  private void limits() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(16, 8);
      limit.set(JAVA_LONG, 0, 1L << 50);
      limit.set(JAVA_LONG, 8, 1L << 50);
      tell("raise a limit", Kernel.call(Kernel.SYS_PRLIMIT64, 0, 9, limit.address(), 0));
    }
    long room = Kernel.call(number(9, 222), 0, 1L << 40, 3, 0x4022, -1, 0);
    tell("a terabyte of memory", room);
  }

  private static void spin() {
    long sum = 0;
    while (sum >= 0) {
      sum = sum * 31 + 7 & Long.MAX_VALUE;
    }
    System.out.println(sum);
  }

  private static void sleep() throws InterruptedException {
    System.out.println("asleep " + ProcessHandle.current().pid());
    System.out.flush();
    new CountDownLatch(1).await();
  }

  /** Writes far behind the end of a file. */
  private void swell() throws IOException {
    byte[] bytes = new byte[8];
    Arrays.fill(bytes, (byte) SIGXFSZ);
    try (FileStorage handed = HandedFiles.open("handed", true)) {
      handed.write(1L << 40, MemorySegment.ofArray(bytes));
      tell("a large file", 0);
    } catch (dev.platter.storage.SystemException e) {
      tell("a large file", -e.errno());
    }
    if (Files.exists(directory)) {
      System.out.flush();
    }
  }
}
