package dev.platter.image.node;

import dev.platter.image.IllegalOptionException;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Several storages that should hold the same, read as one ({@code quorum}): what as many of them
 * agree on as the threshold says. It is voted on sector by sector, so that different ones may be
 * wrong in different places of one request, where QEMU gives up.
 */
final class QuorumStorage extends Storage {
  private static final int SECTOR = 512;
  private static final int EIO = 5;

  /** More at once would want as much memory for each of the storages. */
  private static final long MOST_AT_ONCE = 1 << 20;

  /** How it is decided what is right. */
  enum Voting {
    /** As many as the threshold says must agree. */
    MAJORITY,

    /** All must agree, as they are there to find a difference. */
    ALL,

    /** The first that can be read is right. */
    NONE
  }

  private final List<Storage> children;
  private final int threshold;
  private final Voting voting;
  private final long size;

  /**
   * @param children closed with this
   */
  QuorumStorage(String name, List<Storage> children, int threshold, Voting voting)
      throws IOException {
    super(name);
    this.children = List.copyOf(children);
    this.threshold = threshold;
    this.voting = voting;
    this.size = children.getFirst().size();
    for (Storage child : children) {
      if (child.size() != size) {
        throw new IOException("Could not refresh total sector count: Input/output error");
      }
    }
  }

  /** Sees that a quorum of so many makes sense, before one is opened. */
  static void check(int children, int threshold, boolean verifies) throws IllegalOptionException {
    if (children == 0) {
      throw new IllegalOptionException("Number of provided children must be 1 or more");
    }
    if (threshold < 1) {
      throw new IllegalOptionException("Parameter 'vote-threshold' expects a value >= 1");
    }
    if (threshold > children) {
      throw new IllegalOptionException("threshold may not exceed children count");
    }
    if (verifies && (children != 2 || threshold != 2)) {
      throw new IllegalOptionException(
          "blkverify=on can only be set if there are exactly two files and vote-threshold is 2");
    }
  }

  /** What is read as one. */
  List<Storage> children() {
    return children;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long allocatedSize() throws IOException {
    long all = 0;
    for (Storage child : children) {
      all += child.allocatedSize();
    }
    return all;
  }

  @Override
  public int alignment() {
    int most = 1;
    for (Storage child : children) {
      most = Math.max(most, child.alignment());
    }
    return most;
  }

  @Override
  protected long readSome(long offset, MemorySegment target) throws IOException {
    long length = Math.min(Math.min(target.byteSize(), MOST_AT_ONCE), size - offset);
    if (length <= 0) {
      return 0;
    }
    MemorySegment wanted = target.asSlice(0, length);
    if (voting == Voting.NONE) {
      readFirst(offset, wanted);
      return length;
    }
    try (Arena arena = Arena.ofConfined()) {
      List<MemorySegment> answers = new ArrayList<>();
      IOException failed = null;
      for (Storage child : children) {
        MemorySegment answer = arena.allocate(length, Math.max(SECTOR, alignment()));
        try {
          child.readFully(offset, answer);
          answers.add(answer);
        } catch (IOException e) {
          failed = e;
        }
      }
      if (answers.size() < threshold) {
        throw failed;
      }
      vote(offset, answers, wanted);
    }
    return length;
  }

  private void readFirst(long offset, MemorySegment target) throws IOException {
    IOException failed = null;
    for (Storage child : children) {
      try {
        child.readFully(offset, target);
        return;
      } catch (IOException e) {
        failed = e;
      }
    }
    throw failed;
  }

  private void vote(long offset, List<MemorySegment> answers, MemorySegment target)
      throws IOException {
    long length = target.byteSize();
    MemorySegment first = answers.getFirst();
    boolean agreed = true;
    for (MemorySegment other : answers.subList(1, answers.size())) {
      long at = first.mismatch(other);
      agreed &= at < 0;
      if (at >= 0 && voting == Voting.ALL) {
        throw new IOException(
            "quorum: offset="
                + offset
                + " bytes="
                + length
                + " contents mismatch at offset "
                + (offset + at));
      }
    }
    if (agreed) {
      target.copyFrom(first);
      return;
    }
    for (long at = 0; at < length; at += SECTOR) {
      long count = Math.min(SECTOR, length - at);
      target.asSlice(at, count).copyFrom(winner(offset, answers, at, count));
    }
  }

  private MemorySegment winner(long offset, List<MemorySegment> answers, long at, long count)
      throws SystemException {
    for (int i = 0; i + threshold <= answers.size() || i == 0; i++) {
      MemorySegment candidate = answers.get(i).asSlice(at, count);
      int votes = 0;
      for (MemorySegment answer : answers) {
        votes += candidate.mismatch(answer.asSlice(at, count)) < 0 ? 1 : 0;
      }
      if (votes >= threshold && isMostVoted(votes, answers, at, count)) {
        return candidate;
      }
    }
    throw new SystemException(
        name(), "agree on " + count + " bytes at 0x" + Long.toHexString(offset + at), EIO);
  }

  /** Whether nothing else has more votes, as with a threshold of less than half it may. */
  private boolean isMostVoted(int votes, List<MemorySegment> answers, long at, long count) {
    for (MemorySegment other : answers) {
      int others = 0;
      for (MemorySegment answer : answers) {
        others += other.asSlice(at, count).mismatch(answer.asSlice(at, count)) < 0 ? 1 : 0;
      }
      if (others > votes) {
        return false;
      }
    }
    return true;
  }

  /** It is a hole where all have one. */
  @Override
  protected Run findRun(long offset, long end) throws IOException {
    long reach = end;
    boolean hole = true;
    for (Storage child : children) {
      Run run = child.runAt(offset, reach);
      reach = Math.min(reach, offset + run.length());
      hole &= run.hole();
    }
    return new Run(offset, reach - offset, hole);
  }

  @Override
  public void close() throws IOException {
    IOException failed = null;
    for (Storage child : children) {
      try {
        child.close();
      } catch (IOException e) {
        failed = e;
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
