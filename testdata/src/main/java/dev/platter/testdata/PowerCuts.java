package dev.platter.testdata;

import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.util.BitSet;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * All that a medium may hold when the power fails while it is changed. What was written before a
 * sync is there; of what was written since, any part may be: where that is up to {@value
 * #ALL_SUBSETS} changes, every subset is tried; of more, each first part, each without one, each
 * with one alone, and some at random. A write of several sectors may be torn between any two.
 */
public final class PowerCuts {
  private static final int ALL_SUBSETS = 8;

  /** How many of a long window's changes are looked at one by one. */
  private static final int SINGLES = 16;

  private static final int DRAWN = 24;

  private final RecordingStorage recording;
  private final Survivor survivor;
  private final MemoryStorage safe;
  private final Random random = new Random(1);
  private int syncs;
  private int first;
  private int count;

  private PowerCuts(RecordingStorage recording, Survivor survivor) throws IOException {
    this.recording = recording;
    this.survivor = survivor;
    this.safe = recording.before();
  }

  /** Looks at what is left; throws if that is not as it should be. */
  @FunctionalInterface
  public interface Survivor {
    /**
     * @param medium what is left, to be changed as wanted
     * @param syncs how many syncs had come to their end
     */
    void look(MemoryStorage medium, int syncs) throws IOException;
  }

  /**
   * Goes through all of it, the beginning and the end included.
   *
   * @throws AssertionError if the survivor threw anything, saying what was lost
   */
  public static void everywhere(RecordingStorage recording, Survivor survivor) throws IOException {
    new PowerCuts(recording, survivor).run();
  }

  private void run() throws IOException {
    look(new BitSet());
    for (int end = 0; end <= recording.changes(); end++) {
      if (end == recording.changes() || recording.isSync(end)) {
        count = end - first;
        cutWithin();
        for (int i = first; i < end; i++) {
          recording.change(i).applyTo(safe);
        }
        syncs++;
        first = end + 1;
      }
    }
  }

  /** Of the changes since the last sync. */
  private void cutWithin() throws IOException {
    Set<BitSet> cuts = new HashSet<>();
    if (count <= ALL_SUBSETS) {
      for (long mask = 1; mask < 1L << count; mask++) {
        cuts.add(BitSet.valueOf(new long[] {mask}));
      }
    } else {
      for (int i : singles()) {
        cuts.add(range(0, i));
        BitSet alone = range(i, i + 1);
        cuts.add(alone);
        BitSet others = range(0, count);
        others.andNot(alone);
        cuts.add(others);
      }
      for (int i = 0; i < DRAWN; i++) {
        cuts.add(drawn());
      }
      cuts.add(range(0, count));
    }
    for (BitSet cut : cuts) {
      look(cut);
    }
    for (int i : singles()) {
      if (recording.change(first + i).sectors() > 1) {
        tear(i);
      }
    }
  }

  private int[] singles() {
    return count <= SINGLES
        ? IntStream.range(0, count).toArray()
        : random.ints(0, count).distinct().limit(SINGLES).toArray();
  }

  private BitSet drawn() {
    BitSet cut = new BitSet();
    int odds = 1 + random.nextInt(7);
    for (int i = 0; i < count; i++) {
      cut.set(i, random.nextInt(8) < odds);
    }
    return cut;
  }

  private static BitSet range(int from, int to) {
    BitSet range = new BitSet();
    range.set(from, to);
    return range;
  }

  /** One write reached the medium in part: those before it did, or all others. */
  private void tear(int index) throws IOException {
    int sectors = recording.change(first + index).sectors();
    BitSet others = range(0, count);
    others.clear(index);
    for (int at : new int[] {1, 1 + random.nextInt(sectors - 1), sectors - 1}) {
      for (BitSet cut : new BitSet[] {range(0, index), others}) {
        tear(cut, index, 0, at);
        tear(cut, index, at, sectors);
      }
    }
  }

  private void look(BitSet reached) throws IOException {
    survive(medium(reached), () -> "only changes " + told(reached));
  }

  private void tear(BitSet reached, int index, int from, int to) throws IOException {
    MemoryStorage medium = medium(reached);
    recording.change(first + index).applyTo(medium, from, to);
    survive(
        medium,
        () ->
            "only changes "
                + told(reached)
                + ", and of change "
                + (first + index)
                + " the sectors from "
                + from
                + " to "
                + to);
  }

  private MemoryStorage medium(BitSet reached) throws IOException {
    MemoryStorage medium = safe.copy();
    for (int i = reached.nextSetBit(0); i >= 0; i = reached.nextSetBit(i + 1)) {
      recording.change(first + i).applyTo(medium);
    }
    return medium;
  }

  private interface Cut {
    String told();
  }

  private void survive(MemoryStorage medium, Cut cut) throws IOException {
    try {
      survivor.look(medium, syncs);
    } catch (IOException | RuntimeException | AssertionError e) {
      throw new AssertionError(
          "after "
              + syncs
              + " syncs, of changes "
              + first
              + " to "
              + (first + count - 1)
              + " "
              + cut.told()
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private String told(BitSet reached) {
    return reached.stream().map(i -> first + i).boxed().toList().toString();
  }
}
