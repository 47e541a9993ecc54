package dev.platter.guest.packages.rpm;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The write-ahead log beside a database of SQLite: frames, each with a page, of which those count
 * that a commit follows. It ends where a checksum or a salt is another ("WAL-mode File Format").
 */
final class SqliteLog {
  private static final int HEADER = 32;
  private static final int FRAME = 24;

  /** Its last bit says that checksums take numbers as big-endian. */
  private static final long MAGIC = 0x377f0682L;

  private static final int VERSION = 3007000;
  private static final long MAX_SIZE = 512L << 20;

  private final Source file;
  private final Map<Long, Long> pages;
  private final long count;

  private SqliteLog(Source file, Map<Long, Long> pages, long count) {
    this.file = file;
    this.pages = pages;
    this.count = count;
  }

  /**
   * Reads all frames.
   *
   * @param pageSize of the database
   * @return empty: nothing in it counts
   */
  static Optional<SqliteLog> read(Source file, int pageSize) throws IOException {
    if (file.size() < HEADER + FRAME + pageSize) {
      return Optional.empty();
    }
    if (file.size() > MAX_SIZE) {
      throw Fault.on(file.name()).unsupported("a log of " + file.size() + " bytes");
    }
    Bytes header = file.read(0, HEADER).big();
    boolean isLog = (header.u32(0) & ~1L) == MAGIC && header.u32(4) == VERSION;
    Checksum sum = new Checksum((header.u32(0) & 1) == 1);
    sum.add(header.slice(0, 24));
    if (!isLog || header.u32(8) != pageSize || !sum.is(header, 24)) {
      return Optional.empty(); // as SQLite itself takes it
    }
    Map<Long, Long> committed = new HashMap<>();
    Map<Long, Long> waiting = new HashMap<>();
    long count = 0;
    long step = FRAME + (long) pageSize;
    for (long at = HEADER; at <= file.size() - step; at += step) {
      Bytes frame = file.read(at, step).big();
      sum.add(frame.slice(0, 8));
      sum.add(frame.from(FRAME));
      boolean isSame = frame.u32(8) == header.u32(16) && frame.u32(12) == header.u32(20);
      if (!isSame || !sum.is(frame, 16)) {
        break;
      }
      waiting.put(frame.u32(0), at + FRAME);
      if (frame.u32(4) > 0) {
        count = frame.u32(4);
        committed.putAll(waiting);
        waiting.clear();
      }
    }
    return count == 0 ? Optional.empty() : Optional.of(new SqliteLog(file, committed, count));
  }

  Source file() {
    return file;
  }

  /** How many pages the database has with it. */
  long pages() {
    return count;
  }

  /** Where in the log a page lies; empty: it is not there. */
  Optional<Long> offsetOf(long page) {
    return Optional.ofNullable(pages.get(page));
  }

  /** Goes on from frame to frame. */
  private static final class Checksum {
    private final boolean isBig;
    private int first;
    private int second;

    Checksum(boolean isBig) {
      this.isBig = isBig;
    }

    void add(Bytes bytes) throws IOException {
      for (int at = 0; at < bytes.length(); at += 8) {
        first += number(bytes, at) + second;
        second += number(bytes, at + 4) + first;
      }
    }

    private int number(Bytes bytes, int at) throws IOException {
      int number = bytes.i32(at);
      return isBig ? number : Integer.reverseBytes(number);
    }

    boolean is(Bytes bytes, int at) throws IOException {
      return bytes.i32(at) == first && bytes.i32(at + 4) == second;
    }
  }
}
