package dev.platter.remote.nbd;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.locks.Condition;

/** A request that is under way. What changes in it is guarded by the connection's lock. */
final class Call {
  final Batch batch;
  final int command;
  final long offset;
  final long length;

  /** Where a read's bytes go; written by the calling thread alone. */
  final MemorySegment target;

  /** How many bytes of a read have come. */
  long received;

  /** The runs that a block status told: lengths and flags in turn. */
  int[] runs;

  /** An error number of the protocol; 0: none. */
  int error;

  String reason = "";
  boolean done;

  Call(Batch batch, int command, long offset, long length, MemorySegment target) {
    this.batch = batch;
    this.command = command;
    this.offset = offset;
    this.length = length;
    this.target = target;
  }

  /** The requests that one thread has under way at a time, and waits for together. */
  static final class Batch {
    /** Wakes that thread. */
    final Condition news;

    /** How many of its requests are under way. */
    int open;

    /** A reply of which the head has been read and the rest is this thread's to read. */
    ReplyHead next;

    /** Whether the thread waits. */
    boolean waiting;

    Batch(Condition news) {
      this.news = news;
    }
  }

  /**
   * The head of a reply, or of one chunk of it.
   *
   * @param structured whether it is a chunk
   * @param type the chunk's type, or the simple reply's error
   * @param length the bytes behind it
   */
  record ReplyHead(Call call, boolean structured, boolean last, int type, int length) {}
}
