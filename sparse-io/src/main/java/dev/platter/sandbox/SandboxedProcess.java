package dev.platter.sandbox;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A process in a sandbox. It is killed by the system when the process that started it ends, however
 * that ends. Safe for use by many threads.
 */
public final class SandboxedProcess {
  private static final int SYS_WAITID = Kernel.ARM ? 95 : 247;
  private static final int P_PID = 1;
  private static final int WEXITED = 4;
  private static final int WNOWAIT = 0x01000000;
  private static final int SIGXCPU = 24;

  private static final int CAPABILITY_VERSION = 0x20080522;

  /** What root may still do: open the files it was given, whosever they are. */
  private static final int DAC_OVERRIDE_AND_READ_SEARCH = 1 << 1 | 1 << 2;

  private final CompletableFuture<Ending> ending = new CompletableFuture<>();
  private int pid;
  private boolean gone;

  /**
   * How it ended.
   *
   * @param exitCode what it answered, where it ended by itself
   * @param signal what killed it; 0: it ended by itself
   */
  public record Ending(int exitCode, int signal) {
    /** Why there is no exit code, in the words of a message. */
    public String killedBy() {
      return switch (signal) {
        case SIGXCPU -> "it has used the processor time it was allowed";
        case Kernel.SIGKILL -> "it was killed (signal 9)";
        default -> "signal " + signal + " has ended it";
      };
    }
  }

  private SandboxedProcess() {}

  /**
   * Starts a process from a thread of its own, which lives until the process has ended: the system
   * takes that thread for the parent, and kills the child when it is gone.
   *
   * @param landlock what the process may open; null: the kernel has no such lists
   */
  static SandboxedProcess start(Spawn spawn, Landlock landlock) throws IOException {
    SandboxedProcess process = new SandboxedProcess();
    CompletableFuture<Integer> started = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("platter-sandbox")
        .daemon()
        .start(
            new Runnable() { // no lambda: nothing is to be loaded once the thread is restricted
              @Override
              public void run() {
                process.runOnOwnThread(spawn, landlock, started);
              }
            });
    try {
      started.join();
    } catch (CompletionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
    return process;
  }

  private void runOnOwnThread(Spawn spawn, Landlock landlock, CompletableFuture<Integer> started) {
    try {
      dropCapabilities();
      Kernel.checked(
          "give up privileges", Kernel.SYS_PRCTL, Kernel.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
      if (landlock != null) {
        landlock.restrictThread();
      }
      pid = spawn.start();
    } catch (Throwable e) {
      started.completeExceptionally(e);
      return;
    }
    started.complete(pid);
    try {
      ending.complete(awaited());
    } catch (Throwable e) {
      ending.completeExceptionally(e);
    }
  }

  /** Takes from the calling thread what root may do and images do not need (capget, capset). */
  private static void dropCapabilities() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment header = arena.allocate(8, 8);
      header.set(JAVA_INT, 0, CAPABILITY_VERSION);
      MemorySegment sets = arena.allocate(24, 8); // effective, permitted, inheritable; twice
      Kernel.checked("read its privileges", Kernel.SYS_CAPGET, header.address(), sets.address());
      boolean has = false;
      for (int i = 0; i < 6; i++) {
        int kept = i < 2 ? DAC_OVERRIDE_AND_READ_SEARCH : 0;
        has |= (sets.getAtIndex(JAVA_INT, i) & ~kept) != 0;
        sets.setAtIndex(JAVA_INT, i, sets.getAtIndex(JAVA_INT, i) & kept);
      }
      if (has) {
        Kernel.checked("drop privileges", Kernel.SYS_CAPSET, header.address(), sets.address());
      }
    }
  }

  private Ending awaited() throws IOException {
    long result;
    do {
      result = Kernel.call(SYS_WAITID, P_PID, pid, 0, WEXITED | WNOWAIT, 0);
    } while (result == -Kernel.EINTR);
    // Its number is not given to another process before it is reaped, which nobody is to kill.
    synchronized (this) {
      gone = true;
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment status = arena.allocate(JAVA_INT);
        Kernel.checked("learn how a process ended", Kernel.SYS_WAIT4, pid, status.address(), 0, 0);
        int word = status.get(JAVA_INT, 0);
        return new Ending(word >> 8 & 0xff, word & 0x7f);
      }
    }
  }

  /** The system's number for it. */
  public long pid() {
    return pid;
  }

  /** Ends it at once, if it has not ended. */
  public synchronized void kill() {
    if (!gone) {
      Kernel.call(Kernel.SYS_KILL, pid, Kernel.SIGKILL);
    }
  }

  /** Waits until it has ended. */
  public Ending await() throws IOException {
    try {
      return ending.join();
    } catch (CompletionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** Waits so long; whether it has ended. */
  public boolean await(long milliseconds) throws IOException {
    try {
      ending.get(milliseconds, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException e) {
      kill();
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a sandbox was at work", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    }
  }
}
