package dev.platter.sandbox;

import dev.platter.storage.FileNames;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What another Java VM is to have, and starts it. Landlock and privileges are put upon a thread of
 * this process made for that, from which the new process inherits them before its first
 * instruction; it then takes from itself what it needed to start ({@link Confinement}), before it
 * looks at any file. For one thread at a time, and one start.
 */
public final class Sandbox {
  /** What becomes of a promise that the system cannot keep. */
  public enum Level {
    /** Nothing is started then. */
    STRICT,
    /** It goes without; {@link Sandbox#lacking} says without what. */
    BEST_EFFORT
  }

  /** What the new process is told of what it has to do: the values of {@link Confinement}. */
  static final String PROPERTY = "platter.sandbox";

  /** The files that it has been handed: number=name in hexadecimal digits, separated by commas. */
  static final String FILES_PROPERTY = "platter.sandbox.files";

  /** Where the numbers of files that are handed over begin. */
  static final int FIRST_HANDED = 3;

  private static final List<String> ENVIRONMENT =
      List.of("LC_ALL", "LANG", "TZ", "MALLOC_ARENA_MAX", "LD_LIBRARY_PATH", "SOURCE_DATE_EPOCH");

  private final Level level;
  private final Bounds bounds;
  private final Map<Path, Long> files = new LinkedHashMap<>();
  private final List<Handed> handed = new ArrayList<>();
  private final Map<String, String> environment = new LinkedHashMap<>();
  private final int[] standard = {-1, -1, -1};

  private record Handed(String name, FileStorage file, boolean writable) {}

  public Sandbox(Level level, Bounds bounds) {
    this.level = Objects.requireNonNull(level);
    this.bounds = Objects.requireNonNull(bounds);
    for (String name : ENVIRONMENT) {
      passing(name);
    }
  }

  /** What this system lacks that the promise needs, in the words of messages; empty: nothing. */
  public static List<String> lacking() {
    List<String> lacking = new ArrayList<>();
    if (!Kernel.isKnown()) {
      lacking.add("Linux on x86-64 or aarch64 with native calls allowed");
      return lacking;
    }
    if (Landlock.version() == 0) {
      lacking.add("Landlock, which keeps it from other files");
    }
    if (!SystemCallFilter.isKnown()) {
      lacking.add("seccomp, which keeps it from network, programs and new files");
    }
    return lacking;
  }

  /** Lets it read a file, or all below a directory, by its path. */
  public Sandbox reading(Path path) {
    files.merge(path, Landlock.READ_FILE | Landlock.READ_DIR, (a, b) -> a | b);
    return this;
  }

  /** Lets it read and write a file that is there, by its path. */
  public Sandbox changing(Path path) {
    files.merge(
        path, Landlock.READ_FILE | Landlock.WRITE_FILE | Landlock.TRUNCATE, (a, b) -> a | b);
    return this;
  }

  /**
   * Gives it an open file, to be read and written ({@link
   * dev.platter.storage.HandedFiles#open(String, boolean)}).
   *
   * @param file stays the caller's, open until {@link #start} has returned
   */
  public Sandbox handing(String name, FileStorage file) {
    handed.add(new Handed(Objects.requireNonNull(name), file, true));
    return this;
  }

  /** The same for a file that it can only read, however it is open here. */
  public Sandbox handingToRead(String name, FileStorage file) {
    handed.add(new Handed(Objects.requireNonNull(name), file, false));
    return this;
  }

  /** Gives it a file of scratch space, which stays the caller's as in {@link #handing}. */
  public Sandbox scratch(FileStorage file) {
    return handing("", file);
  }

  /** Lets it have a variable of the environment, as it has few. */
  public Sandbox passing(String name) {
    String value = System.getenv(name);
    if (value != null) {
      environment.put(name, value);
    }
    return this;
  }

  /** Where its standard output and error go, if not where this process's do; no input then. */
  public Sandbox printing(FileStorage output, FileStorage error, FileStorage input) {
    standard[0] = input.descriptor();
    standard[1] = output.descriptor();
    standard[2] = error.descriptor();
    return this;
  }

  /**
   * Starts the class that this process runs, with the same options for the VM.
   *
   * @param given how many words the main class of this process was given
   * @param arguments those that the new process's is given
   */
  public SandboxedProcess startSelf(int given, List<String> arguments) throws IOException {
    return start(JavaRuntime.ownWords(given), arguments);
  }

  /**
   * Starts a Java VM.
   *
   * @param options for the VM, the main class last
   * @param arguments for the main class, whose first step is {@link Confinement#enter}
   * @throws IOException if it cannot be started, or not with all that is promised
   */
  public SandboxedProcess start(List<String> options, List<String> arguments) throws IOException {
    List<String> lacking = lacking();
    if (level == Level.STRICT && !lacking.isEmpty() || !Kernel.isKnown()) {
      throw new IOException("this system lacks " + String.join(" and ", lacking));
    }
    List<String> words = new ArrayList<>();
    words.add(FileNames.text(JavaRuntime.program()));
    // It cannot look how many processors it has been given in /sys and /proc.
    words.add("-XX:-UseContainerSupport");
    words.add("-XX:ActiveProcessorCount=" + Runtime.getRuntime().availableProcessors());
    words.add("-D" + PROPERTY + "=" + settings());
    words.add("-D" + FILES_PROPERTY + "=" + handedNames());
    words.addAll(options);
    words.addAll(arguments);
    try (Spawn spawn = new Spawn(words, environment)) {
      for (int i = 0; i < standard.length; i++) {
        if (standard[i] >= 0) {
          spawn.descriptor(standard[i], i);
        }
      }
      for (int i = 0; i < handed.size(); i++) {
        Handed each = handed.get(i);
        if (each.writable) {
          spawn.descriptor(each.file.descriptor(), FIRST_HANDED + i);
        } else {
          spawn.descriptorToRead(each.file.descriptor(), FIRST_HANDED + i);
        }
      }
      spawn.noOthersFrom(FIRST_HANDED + handed.size());
      if (Landlock.version() == 0) {
        return SandboxedProcess.start(spawn, null);
      }
      try (Landlock landlock = Landlock.create()) {
        for (Map.Entry<Path, Long> file : JavaRuntime.files(options).entrySet()) {
          landlock.allow(file.getKey(), file.getValue());
        }
        for (Map.Entry<Path, Long> file : files.entrySet()) {
          landlock.allow(file.getKey(), file.getValue());
        }
        for (Handed each : handed) {
          landlock.allow(
              Path.of("/proc/self/fd/" + each.file.descriptor()),
              each.writable
                  ? Landlock.READ_FILE | Landlock.WRITE_FILE | Landlock.TRUNCATE
                  : Landlock.READ_FILE);
        }
        return SandboxedProcess.start(spawn, landlock);
      }
    }
  }

  private String settings() {
    return new Confinement.Settings(
            ProcessHandle.current().pid(),
            Landlock.version() > 0,
            SystemCallFilter.isKnown(),
            bounds)
        .toString();
  }

  private String handedNames() {
    StringBuilder names = new StringBuilder();
    for (int i = 0; i < handed.size(); i++) {
      byte[] name = FileNames.bytes(handed.get(i).name);
      names.append(i == 0 ? "" : ",").append(FIRST_HANDED + i).append('=');
      names.append(HexFormat.of().formatHex(name));
    }
    return names.toString();
  }

  /** The name that {@link #handedNames} has for a file. */
  static String handedName(String digits) {
    return FileNames.text(HexFormat.of().parseHex(digits));
  }
}
