package dev.platter.qcow2.format;

import dev.platter.image.CorruptImageException;

/**
 * The answer to one query while it grows: a run of guest bytes that is all of one kind and, where
 * it has a place on the host, contiguous there.
 */
final class MappedRun {
  /** What a cluster or subcluster is. */
  enum Kind {
    ABSENT,
    ZERO,
    ZERO_ALLOCATED,
    DATA,
    COMPRESSED
  }

  private final long offset;
  private final long limit;
  private long end;
  private Kind kind;
  private long host;
  private boolean finished;

  MappedRun(long offset, long limit) {
    this.offset = offset;
    this.limit = limit;
    this.end = offset;
  }

  long offset() {
    return offset;
  }

  /** The first guest byte that is not yet decided. */
  long end() {
    return end;
  }

  boolean finished() {
    return finished;
  }

  Kind kind() {
    return kind;
  }

  /** Where the run begins on the host; the descriptor of a compressed cluster. */
  long host() {
    return host;
  }

  /**
   * Goes on to {@code newEnd} (or the limit) with bytes of a kind, if they join what is there; else
   * ends the run.
   *
   * @param hostHere where the byte at {@link #end()} is on the host, for kinds that have a place
   *     there
   */
  void add(Kind newKind, long hostHere, long newEnd) {
    if (kind == null) {
      kind = newKind;
      host = hostHere;
    } else if (kind != newKind || hasPlace() && host + (end - offset) != hostHere) {
      finished = true;
      return;
    }
    end = Math.min(newEnd, limit);
    finished = end == limit;
  }

  /** A compressed cluster stands alone: it is the whole run, or it ends the one before it. */
  void addCompressed(long descriptor, long clusterEnd) {
    if (kind == null) {
      kind = Kind.COMPRESSED;
      host = descriptor;
      end = Math.min(clusterEnd, limit);
    }
    finished = true;
  }

  /** The next entry is wrong: answers with what came before it, or fails if that is nothing. */
  void failAtEnd(CorruptImageException wrong) throws CorruptImageException {
    if (kind == null) {
      throw wrong;
    }
    finished = true;
  }

  private boolean hasPlace() {
    return kind == Kind.DATA || kind == Kind.ZERO_ALLOCATED;
  }
}
