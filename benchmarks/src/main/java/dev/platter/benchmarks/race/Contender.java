package dev.platter.benchmarks.race;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One way to do a row's work.
 *
 * @param name the name in tables
 * @param before what is run before, one after the other, and not timed
 * @param command what is run
 * @param target the file that it makes
 * @param pipe whether it makes that file by writing to its standard output
 * @param selfTimed whether what counts is the number of seconds that it prints, not its wall time
 */
record Contender(
    String name,
    List<List<String>> before,
    List<String> command,
    Optional<Path> target,
    boolean pipe,
    boolean selfTimed) {
  static final String PLATTER = "platter";
  static final String QEMU = "qemu-img";
  static final String QEMU_BEST = "qemu-img -W -m 16";
  static final String CP = "cp";
  static final String NBDCOPY = "nbdcopy";
  static final String SEVEN_ZIP = "7z";
  static final String VMDK_CONVERT = "vmdk-convert";
  static final String EMPTY_MAIN = "empty main";
  static final String CODEC = "codec alone";

  static Contender of(String name, List<String> command) {
    return new Contender(name, List.of(), command, Optional.empty(), false, false);
  }

  static Contender making(Path target, String name, List<String> command) {
    return new Contender(name, List.of(), command, Optional.of(target), false, false);
  }

  /** One that changes {@code target}, which {@code before} makes. */
  static Contender changing(
      Path target, String name, List<List<String>> before, List<String> command) {
    return new Contender(name, before, command, Optional.of(target), false, false);
  }

  static Contender piping(Path target, String name, List<String> command) {
    return new Contender(name, List.of(), command, Optional.of(target), true, false);
  }

  static Contender selfTimed(String name, List<String> command) {
    return new Contender(name, List.of(), command, Optional.empty(), false, true);
  }

  /** Whether its output is what others are checked against, and so not checked itself. */
  boolean isReference() {
    return name.equals(QEMU) || name.equals(QEMU_BEST) || name.equals(CP);
  }
}
