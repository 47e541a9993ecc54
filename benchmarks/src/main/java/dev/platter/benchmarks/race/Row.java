package dev.platter.benchmarks.race;

import java.util.List;
import java.util.Optional;

/**
 * One piece of work, done by all contenders in turn.
 *
 * @param name what {@code --filter} matches: "GROUP/..."
 * @param sources the disks that must be there
 * @param contenders ours first
 * @param goal what ours is to reach
 * @param made the kind of image that the contenders make, if any
 * @param cold whether the sources are to be read from the disk, not from the page cache
 * @param timeout after how many seconds a run is ended
 */
record Row(
    String name,
    List<Disk> sources,
    List<Contender> contenders,
    Goal goal,
    Optional<ImageKind> made,
    boolean cold,
    int timeout) {
  /** Seconds after which a run is given up where nothing else is said. */
  static final int TIMEOUT = 900;

  String group() {
    return name.substring(0, name.indexOf('/'));
  }

  Row coldly() {
    return new Row(name, sources, contenders, goal, made, true, timeout);
  }
}
