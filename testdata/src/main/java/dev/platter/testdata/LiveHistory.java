package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What was done to a disk, in order, and with that what each of its sectors may hold after a power
 * cut: what it held when a flush last returned, or what it was to hold by anything begun since.
 */
final class LiveHistory {
  private static final int SECTOR = 512;

  /** The disk as a flush left it that returned when there were so many changes. */
  private record Flushed(int cut, byte[] content, int step) {}

  /** Something that began when there were so many changes. */
  private record Step(int cut, int from, byte[] bytes) {}

  private final List<Flushed> flushes = new ArrayList<>();
  private final List<Step> steps = new ArrayList<>();
  private byte[] present;

  LiveHistory(byte[] content) {
    this.present = content.clone();
    flushed(0);
  }

  /** What the disk holds now. */
  byte[] present() {
    return present.clone();
  }

  /** These bytes are about to be written. */
  void begin(int cut, int from, byte[] bytes) {
    byte[] after = present.clone();
    System.arraycopy(bytes, 0, after, from, bytes.length);
    int first = from / SECTOR * SECTOR;
    int end = Math.min(after.length, Math.ceilDiv(from + bytes.length, SECTOR) * SECTOR);
    steps.add(new Step(cut, first, Arrays.copyOfRange(after, first, end)));
    present = after;
  }

  /** What became of that: it failed, or was only a wish. */
  void found(int from, byte[] bytes) {
    System.arraycopy(bytes, 0, present, from, bytes.length);
  }

  /** A flush returned. */
  void flushed(int cut) {
    flushes.add(new Flushed(cut, present.clone(), steps.size()));
  }

  /** Fails unless a disk of that content may be left when the power fails after so many changes. */
  void mustAllow(byte[] content, int cut) {
    Flushed last = flushes.getFirst();
    for (Flushed flush : flushes) {
      last = flush.cut() <= cut ? flush : last;
    }
    for (int at = 0; at < content.length; at += SECTOR) {
      int end = Math.min(content.length, at + SECTOR);
      if (!Arrays.equals(content, at, end, last.content(), at, end)
          && !isWritten(content, at, end, last.step(), cut)) {
        fail("after change " + cut + " the sector at " + at + " is neither old nor new");
      }
    }
  }

  private boolean isWritten(byte[] content, int at, int end, int from, int cut) {
    for (Step step : steps.subList(from, steps.size())) {
      int within = at - step.from();
      boolean covers = within >= 0 && within + (end - at) <= step.bytes().length;
      if (covers
          && step.cut() < cut
          && Arrays.equals(content, at, end, step.bytes(), within, within + (end - at))) {
        return true;
      }
    }
    return false;
  }
}
