package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The system calls that a process has left (seccomp, Linux Documentation/userspace-api/
 * seccomp_filter.rst): those by which a Java VM keeps running, and reads and writes what it can
 * open. All others fail as if they were not allowed: sockets, processes and their tracing, names of
 * files, their modes and owners, mounts, keys, devices. New ones, which nobody has judged, seem not
 * to be there.
 */
final class SystemCallFilter {
  /** What is allowed with any arguments: the name, its number on x86-64, that on aarch64. */
  private static final String ALLOWED =
      """
      read 0 63
      write 1 64
      close 3 57
      stat 4 -
      fstat 5 80
      lstat 6 -
      poll 7 -
      lseek 8 62
      mmap 9 222
      mprotect 10 226
      munmap 11 215
      brk 12 214
      rt_sigaction 13 134
      rt_sigprocmask 14 135
      rt_sigreturn 15 139
      pread64 17 67
      pwrite64 18 68
      readv 19 65
      writev 20 66
      access 21 -
      pipe 22 -
      sched_yield 24 124
      mremap 25 216
      msync 26 227
      mincore 27 232
      madvise 28 233
      dup 32 23
      dup2 33 -
      nanosleep 35 101
      getpid 39 172
      sendfile 40 71
      exit 60 93
      uname 63 160
      fsync 74 82
      fdatasync 75 83
      ftruncate 77 46
      getcwd 79 17
      readlink 89 -
      gettimeofday 96 169
      getrlimit 97 163
      getrusage 98 165
      sysinfo 99 179
      times 100 153
      getuid 102 174
      getgid 104 176
      geteuid 107 175
      getegid 108 177
      getppid 110 173
      getgroups 115 158
      sigaltstack 131 132
      statfs 137 43
      fstatfs 138 44
      sched_getparam 143 121
      sched_getscheduler 145 120
      sched_get_priority_max 146 125
      sched_get_priority_min 147 126
      gettid 186 178
      readahead 187 213
      fgetxattr 193 10
      flistxattr 196 13
      time 201 -
      futex 202 98
      sched_getaffinity 204 123
      getdents64 217 61
      set_tid_address 218 96
      restart_syscall 219 128
      fadvise64 221 223
      clock_gettime 228 113
      clock_getres 229 114
      clock_nanosleep 230 115
      exit_group 231 94
      get_mempolicy 239 236
      newfstatat 262 79
      readlinkat 267 78
      faccessat 269 48
      pselect6 270 72
      ppoll 271 73
      set_robust_list 273 99
      get_robust_list 274 100
      splice 275 76
      tee 276 77
      sync_file_range 277 84
      vmsplice 278 75
      fallocate 285 47
      dup3 292 24
      pipe2 293 59
      preadv 295 69
      pwritev 296 70
      getcpu 309 168
      getrandom 318 278
      membarrier 324 283
      copy_file_range 326 285
      preadv2 327 286
      pwritev2 328 287
      statx 332 291
      rseq 334 293
      close_range 436 436
      faccessat2 439 439
      """;

  private static final int SYS_OPEN = 2; // of x86-64 alone
  private static final int SYS_OPENAT = Kernel.SYS_OPENAT;
  private static final int SYS_IOCTL = Kernel.ARM ? 29 : 16;
  private static final int SYS_CLONE = Kernel.ARM ? 220 : 56;
  private static final int SYS_CLONE3 = 435;
  private static final int SYS_OPENAT2 = 437;
  private static final int SYS_TGKILL = Kernel.ARM ? 131 : 234;

  /** From here on calls are newer than this list. */
  private static final int FIRST_UNJUDGED = 463;

  /** O_CREAT, O_TRUNC, O_TMPFILE. */
  private static final int MAKES_OR_EMPTIES = 0100 | 01000 | 020000000;

  private static final int CLONE_THREAD = 0x10000;

  /** TCGETS, TIOCGWINSZ, FIONREAD, BLKGETSIZE64, BLKSSZGET, FICLONERANGE. */
  private static final int[] DEVICE_CALLS = {
    0x5401, 0x5413, 0x541B, 0x80081272, 0x1268, 0x4020940D
  };

  /** PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_SECCOMP, PR_GET_NO_NEW_PRIVS, PR_SET_VMA. */
  private static final int[] PROCESS_CALLS = {15, 16, 3, 21, 39, 0x53564d41};

  /** F_SETOWN, F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_NOTIFY: all of them make signals. */
  private static final int[] SIGNALLING = {8, 10, 15, 1024, 1026};

  private static final int SET_MODE_FILTER = 1;
  private static final int GET_ACTION_AVAIL = 2;
  private static final int ALL_THREADS = 1; // TSYNC

  private static final int ALLOW = 0x7fff0000;
  private static final int ERRNO = 0x00050000;
  private static final int KILL_PROCESS = 0x80000000;

  private static final int LOAD = 0x20;
  private static final int IF_EQUAL = 0x15;
  private static final int IF_AT_LEAST = 0x35;
  private static final int IF_ANY_BIT = 0x45;
  private static final int RETURN = 0x06;

  /** Where struct seccomp_data has the call's number, the machine, and the arguments. */
  private static final int NUMBER = 0;

  private static final int MACHINE = 4;
  private static final int ARGUMENTS = 16;
  private static final int X86_64 = 0xC000003E;
  private static final int AARCH64 = 0xC00000B7;
  private static final int X32_CALLS = 0x40000000;

  private final List<Instruction> program = new ArrayList<>();

  private SystemCallFilter() {}

  /**
   * One of the classic BPF (struct sock_filter); jumps count the instructions that are left out.
   */
  private record Instruction(int code, int ifTrue, int ifFalse, int value) {}

  /** Whether the kernel has such filters. */
  static boolean isKnown() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment action = arena.allocateFrom(JAVA_INT, ERRNO);
      return Kernel.call(Kernel.SYS_SECCOMP, GET_ACTION_AVAIL, 0, action.address()) == 0;
    }
  }

  /** The filter of a process that works on images. */
  static SystemCallFilter ofImageWork() {
    SystemCallFilter filter = new SystemCallFilter().begun();
    for (String line : ALLOWED.lines().toList()) {
      String[] words = line.split(" ", -1);
      String number = words[Kernel.ARM ? 2 : 1];
      if (!number.equals("-")) {
        filter.on(Integer.parseInt(number), answer(ALLOW));
      }
    }
    List<Instruction> unlessItMakes =
        joined(argument(2), ifAnyBit(MAKES_OR_EMPTIES, ERRNO | Kernel.EPERM), answer(ALLOW));
    filter.on(SYS_OPENAT, unlessItMakes);
    if (!Kernel.ARM) {
      filter.on(
          SYS_OPEN,
          joined(argument(1), ifAnyBit(MAKES_OR_EMPTIES, ERRNO | Kernel.EPERM), answer(ALLOW)));
    }
    // The C library then asks by the older calls, whose arguments can be seen.
    filter.on(SYS_CLONE3, answer(ERRNO | Kernel.ENOSYS));
    filter.on(SYS_OPENAT2, answer(ERRNO | Kernel.ENOSYS));
    filter.on(
        SYS_CLONE,
        joined(argument(0), ifAnyBit(CLONE_THREAD, ALLOW), answer(ERRNO | Kernel.EPERM)));
    filter.on(SYS_IOCTL, only(1, DEVICE_CALLS));
    filter.on(Kernel.SYS_PRCTL, only(0, PROCESS_CALLS));
    filter.on(SYS_TGKILL, only(0, (int) Kernel.call(Kernel.SYS_GETPID)));
    filter.on(Kernel.SYS_FCNTL, allBut(1, SIGNALLING));
    filter.on(Kernel.SYS_PRLIMIT64, onlyAsking());
    return filter.ended(ERRNO | Kernel.EPERM);
  }

  /** A filter that takes nothing away but these calls, which seem not to be there. */
  static SystemCallFilter without(int... calls) {
    SystemCallFilter filter = new SystemCallFilter().begun();
    for (int call : calls) {
      filter.on(call, answer(ERRNO | Kernel.ENOSYS));
    }
    filter.program.addAll(answer(ALLOW));
    return filter;
  }

  /** The filter counts for all threads of this process, and whatever they start, for ever. */
  void installOnAllThreads() throws IOException {
    install(ALL_THREADS);
  }

  /** The same for the calling thread alone. */
  void installOnThread() throws IOException {
    install(0);
  }

  private void install(int flags) throws IOException {
    Kernel.checked("give up privileges", Kernel.SYS_PRCTL, Kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment code = arena.allocate(8L * program.size(), 8);
      for (int i = 0; i < program.size(); i++) {
        Instruction each = program.get(i);
        code.set(JAVA_SHORT, 8L * i, (short) each.code);
        code.set(JAVA_BYTE, 8L * i + 2, (byte) each.ifTrue);
        code.set(JAVA_BYTE, 8L * i + 3, (byte) each.ifFalse);
        code.set(JAVA_INT, 8L * i + 4, each.value);
      }
      MemorySegment fprog = arena.allocate(16, 8);
      fprog.set(JAVA_SHORT, 0, (short) program.size());
      fprog.set(JAVA_LONG, 8, code.address());
      long result =
          Kernel.checked(
              "filter system calls", Kernel.SYS_SECCOMP, SET_MODE_FILTER, flags, fprog.address());
      if (result != 0) {
        throw new IOException("cannot filter the system calls of thread " + result);
      }
    }
  }

  /** Calls of another machine's numbering are not what they seem. */
  private SystemCallFilter begun() {
    program.add(load(MACHINE));
    program.add(new Instruction(IF_EQUAL, 1, 0, Kernel.ARM ? AARCH64 : X86_64));
    program.addAll(answer(KILL_PROCESS));
    program.add(load(NUMBER));
    if (!Kernel.ARM) {
      program.add(new Instruction(IF_AT_LEAST, 0, 1, X32_CALLS));
      program.addAll(answer(ERRNO | Kernel.EPERM));
    }
    return this;
  }

  private SystemCallFilter ended(int answer) {
    program.add(new Instruction(IF_AT_LEAST, 0, 1, FIRST_UNJUDGED));
    program.addAll(answer(ERRNO | Kernel.ENOSYS));
    program.addAll(answer(answer));
    return this;
  }

  /** What is to be done on a call; its last instruction is an answer. */
  private void on(int call, List<Instruction> then) {
    program.add(new Instruction(IF_EQUAL, 0, then.size(), call));
    program.addAll(then);
  }

  private static List<Instruction> answer(int answer) {
    return List.of(new Instruction(RETURN, 0, 0, answer));
  }

  /** The lower half of an argument. */
  private static List<Instruction> argument(int index) {
    return List.of(load(ARGUMENTS + 8 * index));
  }

  private static List<Instruction> ifAnyBit(int mask, int answer) {
    return joined(List.of(new Instruction(IF_ANY_BIT, 0, 1, mask)), answer(answer));
  }

  private static List<Instruction> ifEqual(int value, int answer) {
    return joined(List.of(new Instruction(IF_EQUAL, 0, 1, value)), answer(answer));
  }

  private static List<Instruction> only(int index, int... values) {
    List<Instruction> then = new ArrayList<>(argument(index));
    for (int value : values) {
      then.addAll(ifEqual(value, ALLOW));
    }
    then.addAll(answer(ERRNO | Kernel.EPERM));
    return then;
  }

  private static List<Instruction> allBut(int index, int... values) {
    List<Instruction> then = new ArrayList<>(argument(index));
    for (int value : values) {
      then.addAll(ifEqual(value, ERRNO | Kernel.EPERM));
    }
    then.addAll(answer(ALLOW));
    return then;
  }

  /** Limits may be asked for, which is so where no new one is given (the third argument is 0). */
  private static List<Instruction> onlyAsking() {
    Instruction ifZeroGoOn = new Instruction(IF_EQUAL, 1, 0, 0);
    return joined(
        List.of(load(ARGUMENTS + 16), ifZeroGoOn),
        answer(ERRNO | Kernel.EPERM),
        List.of(load(ARGUMENTS + 20), ifZeroGoOn),
        answer(ERRNO | Kernel.EPERM),
        answer(ALLOW));
  }

  private static Instruction load(int offset) {
    return new Instruction(LOAD, 0, 0, offset);
  }

  @SafeVarargs
  private static List<Instruction> joined(List<Instruction>... parts) {
    List<Instruction> all = new ArrayList<>();
    for (List<Instruction> part : parts) {
      all.addAll(part);
    }
    return all;
  }
}
