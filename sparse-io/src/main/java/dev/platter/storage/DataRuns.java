package dev.platter.storage;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Where a file that is only read was found to hold data. On some file systems (tmpfs) it takes long
 * to find the end of a run, and many small reads of one run would all ask for it. Holes are not
 * kept: what others have written there since must be seen. A hole that others have made since is
 * read as what it is, zeros.
 */
final class DataRuns {
  /** More are not remembered. */
  private static final int MOST = 4096;

  private final ConcurrentSkipListMap<Long, Long> ends = new ConcurrentSkipListMap<>();
  private final int most;

  /**
   * @param remembers whether anything is remembered: not of a file that may lose data here
   */
  DataRuns(boolean remembers) {
    this.most = remembers ? MOST : 0;
  }

  /** How far the data at an offset is known to reach; the offset itself: it is not known. */
  long endAt(long offset) {
    Map.Entry<Long, Long> run = ends.floorEntry(offset);
    return run == null ? offset : Math.max(offset, run.getValue());
  }

  /** Remembers data. */
  void add(long from, long end) {
    if (end <= from || most == 0) {
      return;
    }
    Map.Entry<Long, Long> next = ends.higherEntry(from);
    if (next != null && next.getValue() == end) {
      ends.remove(next.getKey()); // the same run, found from further on
    }
    if (ends.size() < most) {
      ends.put(from, end);
    }
  }
}
