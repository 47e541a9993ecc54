package dev.platter.sandbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process in a sandbox tries what it must not be able to do ({@link HostileActions}). */
class SandboxTest {
  /** What it must be able to do. */
  private static final Set<String> ALLOWED =
      Set.of("read what was given", "write what was handed over");

  private static final List<String> OPTIONS =
      List.of(
          "-Xmx64m",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-XX:ReservedCodeCacheSize=32m",
          "-XX:CompressedClassSpaceSize=32m",
          "--enable-native-access=ALL-UNNAMED",
          "-cp",
          System.getProperty("java.class.path"),
          HostileActions.class.getName());

  @TempDir Path directory;
  private Path given;
  private FileStorage handed;
  private FileStorage toRead;
  private FileStorage output;
  private FileStorage nothing;

  @BeforeEach
  void makeFiles() throws IOException {
    given = Files.writeString(directory.resolve("given"), "given");
    Files.writeString(directory.resolve("other"), "secret");
  }

  private SandboxedProcess start(Sandbox sandbox, String task) throws IOException {
    handed = FileStorage.createUnnamed(directory, "handed");
    toRead = FileStorage.createUnnamed(directory, "to read");
    output = FileStorage.createUnnamed(directory, "output");
    nothing = FileStorage.openForReading(Path.of("/dev/null"));
    return sandbox
        .reading(given)
        .handing("handed", handed)
        .handingToRead("to read", toRead)
        .printing(output, output, nothing)
        .start(OPTIONS, List.of(task, directory.toString()));
  }

  private void closeFiles() throws IOException {
    for (FileStorage file : List.of(handed, toRead, output, nothing)) {
      file.close();
    }
  }

  private String text() throws IOException {
    byte[] bytes = new byte[(int) output.size()];
    output.readFully(0, MemorySegment.ofArray(bytes));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** The error number of each attempt; 0: it was let. */
  private Map<String, Integer> attempts() throws IOException {
    Map<String, Integer> attempts = new LinkedHashMap<>();
    for (String line : text().lines().toList()) {
      int colon = line.lastIndexOf(": ");
      assertTrue(colon > 0, this::unexpected);
      attempts.put(line.substring(0, colon), Integer.parseInt(line.substring(colon + 2)));
    }
    return attempts;
  }

  private String unexpected() {
    try {
      return text();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void assumeComplete() {
    assumeTrue(Sandbox.lacking().isEmpty(), () -> Sandbox.lacking().toString());
  }

  @Test
  void nothingIsLetButWhatWasGiven() throws IOException {
    assumeComplete();
    SandboxedProcess process = start(new Sandbox(Sandbox.Level.STRICT, Bounds.DEFAULT), "all");
    SandboxedProcess.Ending ending = process.await();
    Map<String, Integer> attempts = attempts();
    assertEquals(new SandboxedProcess.Ending(0, 0), ending, this::unexpected);
    assertEquals(57, attempts.size(), this::unexpected);
    Set<String> let = new TreeSet<>();
    attempts.forEach((what, error) -> {
      if (error == 0) {
        let.add(what);
      }
    });
    assertEquals(new TreeSet<>(ALLOWED), let);
    // Not by chance, but because it is not allowed.
    for (String what :
        List.of("read /etc/passwd", "read beside", "list the root", "write beside")) {
      assertEquals(Kernel.EACCES, attempts.get(what), what);
    }
    List<String> calls = new ArrayList<>(attempts.keySet());
    for (String what :
        calls.subList(calls.indexOf("link"), calls.indexOf("a terabyte of memory"))) {
      int expected =
          what.equals("clone3") || what.equals("a system call of tomorrow")
              ? Kernel.ENOSYS
              : Kernel.EPERM;
      assertEquals(expected, attempts.get(what), what);
    }
    assertEquals(Kernel.EPERM, attempts.get("make a file"));
    assertEquals(Kernel.EPERM, attempts.get("socket of an earlier thread"));
    assertEquals(3, handed.size());
    assertEquals(0, toRead.size());
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(2, files.count());
    }
    assertEquals("secret", Files.readString(directory.resolve("other")));
    closeFiles();
  }

  @Test
  void processorTimeEnds() throws IOException {
    assumeComplete();
    Bounds bounds = Bounds.DEFAULT.withProcessorSeconds(1);
    SandboxedProcess process = start(new Sandbox(Sandbox.Level.STRICT, bounds), "spin");
    SandboxedProcess.Ending ending = process.await();
    assertEquals(
        "it has used the processor time it was allowed", ending.killedBy(), this::unexpected);
    closeFiles();
  }

  @Test
  void filesDoNotBecomeLarger() throws IOException {
    assumeComplete();
    Bounds bounds = Bounds.DEFAULT.withFileBytes(1 << 20);
    SandboxedProcess process = start(new Sandbox(Sandbox.Level.STRICT, bounds), "swell");
    assertEquals(0, process.await().exitCode(), this::unexpected);
    assertEquals("a large file: 27\n", text());
    closeFiles();
  }

  @Test
  void killedIsGone() throws IOException {
    assumeComplete();
    SandboxedProcess process = start(new Sandbox(Sandbox.Level.STRICT, Bounds.DEFAULT), "sleep");
    assertFalse(process.await(1));
    assertTrue(Files.exists(Path.of("/proc/" + process.pid())));
    process.kill();
    assertEquals(9, process.await().signal());
    process.kill(); // nobody
    closeFiles();
  }

  /** A process that starts one in a sandbox is killed itself: the other one must not be left. */
  @Test
  void endsWithItsParent() throws Exception {
    assumeComplete();
    Process parent =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Parent.class.getName(),
                directory.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String line = parent.inputReader().readLine();
    assertTrue(line != null && line.startsWith("asleep "), line);
    long child = Long.parseLong(line.substring("asleep ".length()));
    assertTrue(ProcessHandle.of(child).isPresent());
    parent.destroyForcibly();
    parent.waitFor();
    // Who reaps what is orphaned may be slow: a zombie runs no more.
    Path state = Path.of("/proc/" + child + "/stat");
    long begun = System.nanoTime();
    while (runs(state)) {
      assertTrue(System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(20));
      Thread.onSpinWait();
    }
  }

  private static boolean runs(Path state) {
    try {
      return !Files.readString(state).contains(") Z ");
    } catch (IOException e) {
      return false; // it is gone, while or before it was looked at
    }
  }

  /** Starts a sandbox whose process sleeps. */
  public static final class Parent {
    private Parent() {}

    public static void main(String[] arguments) throws IOException {
      new Sandbox(Sandbox.Level.STRICT, Bounds.DEFAULT)
          .start(OPTIONS, List.of("sleep", arguments[0]))
          .await();
    }
  }

  /** Calls something on a thread whose kernel seems to be an older one. */
  private static <T> T without(int[] calls, Callable<T> call) throws Exception {
    FutureTask<T> task =
        new FutureTask<>(() -> {
          SystemCallFilter.without(calls).installOnThread();
          return call.call();
        });
    Thread thread = Thread.ofPlatform().start(task);
    thread.join();
    return task.get();
  }

  @Test
  void refusesWhatTheKernelCannotPromise() throws Exception {
    assumeComplete();
    int[] landlock = {
      Kernel.SYS_LANDLOCK_CREATE_RULESET,
      Kernel.SYS_LANDLOCK_ADD_RULE,
      Kernel.SYS_LANDLOCK_RESTRICT_SELF
    };
    assertEquals(
        List.of("Landlock, which keeps it from other files"), without(landlock, Sandbox::lacking));
    IOException refusal =
        without(
            landlock,
            () ->
                assertThrows(
                    IOException.class,
                    () -> start(new Sandbox(Sandbox.Level.STRICT, Bounds.DEFAULT), "all")));
    assertEquals(
        "this system lacks Landlock, which keeps it from other files", refusal.getMessage());
    closeFiles();
    int[] seccomp = {Kernel.SYS_SECCOMP};
    assertEquals(
        List.of("seccomp, which keeps it from network, programs and new files"),
        without(seccomp, Sandbox::lacking));
  }

  @Test
  void bestEffortDoesWithoutWhatIsNotThere() throws Exception {
    assumeComplete();
    int[] landlock = {Kernel.SYS_LANDLOCK_CREATE_RULESET};
    SandboxedProcess process =
        without(
            landlock, () -> start(new Sandbox(Sandbox.Level.BEST_EFFORT, Bounds.DEFAULT), "all"));
    assertEquals(0, process.await().exitCode(), this::unexpected);
    Map<String, Integer> attempts = attempts();
    assertEquals(0, attempts.get("read /etc/passwd"));
    assertEquals(Kernel.EPERM, attempts.get("make a file"));
    assertEquals(Kernel.EPERM, attempts.get("socket of IPv4"));
    closeFiles();
  }

  /** What the new process finds is not as it was promised: it does nothing. */
  @Test
  void doesNotBeginWhereTheDoorStaysOpen() throws Exception {
    assumeComplete();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-D"
                    + Sandbox.PROPERTY
                    + "="
                    + new Confinement.Settings(
                        ProcessHandle.current().pid(), true, true, Bounds.DEFAULT),
                "-Xmx64m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                HostileActions.class.getName(),
                "all",
                directory.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(said.contains("files can be opened that it was not given"), said);
    assertFalse(said.contains("read what was given"), said);
    process.destroyForcibly();
  }
}
