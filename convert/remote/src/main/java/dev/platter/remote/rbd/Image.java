package dev.platter.remote.rbd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.platter.remote.Bandwidth;
import dev.platter.storage.SystemException;
import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * An open image: librbd's calls, each checked, none under way when it is closed and none after. For
 * any number of threads.
 */
final class Image implements Closeable {
  /** How long a request is at most: several of them overlap. */
  private static final long PART_BYTES = 1 << 20;

  /** How many parts of one call are under way at a time. */
  private static final int MOST_PARTS = 16;

  // struct rbd_image_info_t
  private static final long INFO_BYTES = 512;
  private static final long OBJECT_SIZE = 8;

  // struct rbd_snap_info_t
  private static final long SNAPSHOT_BYTES = 24;
  private static final int MOST_SNAPSHOTS = 1 << 20;

  private static final int ERANGE = 34;

  private final Library library;
  private final String name;
  private final RbdPool pool;
  private final ReentrantReadWriteLock use = new ReentrantReadWriteLock();
  private long handle;

  /**
   * @param name how errors call it
   * @param handle what librbd answered; becomes this object's
   */
  Image(Library library, String name, long handle, RbdPool pool) {
    this.library = library;
    this.name = name;
    this.handle = handle;
    this.pool = pool;
  }

  /** A snapshot of an image. */
  record Snapshot(long id, String name, long size, Instant date) {}

  String name() {
    return name;
  }

  /** Whose image it is. */
  RbdPool pool() {
    return pool;
  }

  /** What is done while the image is kept open. */
  @FunctionalInterface
  private interface Call<T> {
    T on(long image) throws IOException;
  }

  private <T> T using(Call<T> call) throws IOException {
    use.readLock().lock();
    try {
      if (handle == 0) {
        throw new IOException(name + ": closed");
      }
      return call.on(handle);
    } finally {
      use.readLock().unlock();
    }
  }

  /** Fails if it is closed. */
  void checkOpen() throws IOException {
    using(image -> null);
  }

  private void check(String action, long result) throws IOException {
    if (result < 0) {
      throw new SystemException(name, action, (int) -result);
    }
  }

  private void simply(String action, String function, long... arguments) throws IOException {
    using(image -> {
      long[] all = new long[arguments.length + 1];
      all[0] = image;
      System.arraycopy(arguments, 0, all, 1, arguments.length);
      check(action, library.call(function, all));
      return null;
    });
  }

  private void named(String action, String function, String argument) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      simply(action, function, arena.allocateFrom(argument, StandardCharsets.UTF_8).address());
    }
  }

  private long asked(String what, String function) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      simply("ask for " + what, function, out.address());
      return out.get(JAVA_LONG, 0);
    }
  }

  long size() throws IOException {
    return asked("the size", "rbd_get_size");
  }

  long features() throws IOException {
    return asked("the features", "rbd_get_features");
  }

  long flags() throws IOException {
    return asked("the flags", "rbd_get_flags");
  }

  long stripeCount() throws IOException {
    return asked("the stripes", "rbd_get_stripe_count");
  }

  /** How many bytes of the image it was cloned from may show through. */
  long overlap() throws IOException {
    return asked("the overlap", "rbd_get_overlap");
  }

  long objectSize() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = arena.allocate(INFO_BYTES, 8);
      simply("ask for the layout", "rbd_stat", info.address(), info.byteSize());
      return info.get(JAVA_LONG, OBJECT_SIZE);
    }
  }

  void resize(long size) throws IOException {
    simply("give it " + size + " bytes", "rbd_resize", size);
  }

  void flush() throws IOException {
    simply("flush", "rbd_flush");
  }

  /** Reads or writes all of {@code memory}, which is native. */
  void transfer(Direction direction, long offset, MemorySegment memory) throws IOException {
    Library.Function function = direction == Direction.READ ? library.read : library.write;
    using(image -> {
      long length = memory.byteSize();
      try (Requests requests = new Requests(direction.verb)) {
        for (long at = 0; at < length; ) {
          // No part crosses a boundary that objects may have.
          long count = Math.min(length - at, PART_BYTES - (offset + at) % PART_BYTES);
          Bandwidth.take(count);
          long completion = requests.next(offset + at, count);
          long from = memory.address() + at;
          requests.started(function.call(image, offset + at, count, from, completion));
          at += count;
        }
        requests.finish();
      }
      return null;
    });
  }

  /** What a transfer does. */
  enum Direction {
    READ("read"),
    WRITE("write");

    private final String verb;

    Direction(String verb) {
      this.verb = verb;
    }
  }

  /** Whether {@link #zero} can be called. */
  boolean canZero() {
    return library.has("rbd_aio_write_zeroes");
  }

  /** Makes a range read as zeros and gives its space back. */
  void zero(long offset, long length) throws IOException {
    using(image -> {
      try (Requests requests = new Requests("zero")) {
        long completion = requests.next(offset, length);
        requests.started(
            library.call("rbd_aio_write_zeroes", image, offset, length, completion, 0, 0));
        requests.finish();
      }
      return null;
    });
  }

  /** The requests of one call, in the order in which they were made. */
  private final class Requests implements Closeable {
    private final String verb;
    private final Arena arena = Arena.ofConfined();
    private final MemorySegment out = arena.allocate(JAVA_LONG);
    private final long[] completions = new long[MOST_PARTS];
    private final long[] offsets = new long[MOST_PARTS];
    private final long[] lengths = new long[MOST_PARTS];
    private int first;
    private int count;
    private IOException failure;

    Requests(String verb) {
      this.verb = verb;
    }

    /** The completion of the next request, once there is room for one. */
    long next(long offset, long length) throws IOException {
      if (count == MOST_PARTS) {
        await();
      }
      check("make a request", library.createCompletion.call(0, 0, out.address(), 0, 0));
      int place = (first + count) % MOST_PARTS;
      completions[place] = out.get(JAVA_LONG, 0);
      offsets[place] = offset;
      lengths[place] = length;
      return completions[place];
    }

    /** The request of the last completion was made, or could not be. */
    void started(long result) throws IOException {
      int place = (first + count) % MOST_PARTS;
      if ((int) result < 0) {
        library.release.call(completions[place], 0, 0, 0, 0);
        throw failed(place, (int) result);
      }
      count++;
    }

    private IOException failed(int place, long result) {
      return new SystemException(
          name,
          verb + " " + lengths[place] + " bytes at 0x" + Long.toHexString(offsets[place]),
          (int) -result);
    }

    private void await() {
      long completion = completions[first];
      library.waitForComplete.call(completion, 0, 0, 0, 0);
      long result = library.returnValue.call(completion, 0, 0, 0, 0);
      library.release.call(completion, 0, 0, 0, 0);
      if (failure == null && result < 0) {
        failure = failed(first, result);
      } else if (failure == null && verb.equals(Direction.READ.verb) && result < lengths[first]) {
        failure =
            new IOException(
                name
                    + ": "
                    + result
                    + " bytes at 0x"
                    + Long.toHexString(offsets[first])
                    + " were read, "
                    + lengths[first]
                    + " were expected");
      }
      first = (first + 1) % MOST_PARTS;
      count--;
    }

    /** Waits for all of them. */
    void finish() throws IOException {
      while (count > 0) {
        await();
      }
      if (failure != null) {
        throw failure;
      }
    }

    @Override
    public void close() {
      while (count > 0) { // what is under way uses the caller's memory
        await();
      }
      arena.close();
    }
  }

  /** What is data in a range, as {@link Differences} has it. */
  Differences differences(long offset, long length, Differences.Grain grain) throws IOException {
    return using(image -> {
      Differences found = new Differences(offset, length);
      check("ask what is data", found.ask(library, image, grain));
      return found;
    });
  }

  /** The snapshots, in the order of their identifiers. */
  List<Snapshot> snapshots() throws IOException {
    return using(image -> {
      for (int room = 16; ; ) {
        try (Arena arena = Arena.ofConfined()) {
          MemorySegment most = arena.allocate(JAVA_INT);
          most.set(JAVA_INT, 0, room);
          MemorySegment all = arena.allocate(room * SNAPSHOT_BYTES, 8);
          int count = library.call("rbd_snap_list", image, all.address(), most.address());
          if (count != -ERANGE) {
            check("list the snapshots", count);
            return snapshots(image, all, count);
          }
          room = most.get(JAVA_INT, 0);
          if (room <= 0 || room > MOST_SNAPSHOTS) {
            throw new RbdException(name + ": it has " + room + " snapshots, too many");
          }
        }
      }
    });
  }

  @SuppressWarnings("restricted") // the names are the library's, and end with a byte of zeros
  private List<Snapshot> snapshots(long image, MemorySegment all, int count) {
    List<Snapshot> snapshots = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      MemorySegment each = all.asSlice(i * SNAPSHOT_BYTES, SNAPSHOT_BYTES);
      long id = each.get(JAVA_LONG, 0);
      String called = each.get(ADDRESS, 16).reinterpret(Long.MAX_VALUE).getString(0);
      snapshots.add(new Snapshot(id, called, each.get(JAVA_LONG, 8), date(image, id)));
    }
    if (count > 0) {
      library.call("rbd_snap_list_end", all.address());
    }
    return List.copyOf(snapshots);
  }

  private Instant date(long image, long snapshot) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(2 * JAVA_LONG.byteSize(), 8);
      int result = library.call("rbd_snap_get_timestamp", image, snapshot, time.address());
      return result < 0
          ? Instant.EPOCH
          : Instant.ofEpochSecond(time.get(JAVA_LONG, 0), time.get(JAVA_LONG, 8));
    }
  }

  void createSnapshot(String snapshot) throws IOException {
    named("take the snapshot " + snapshot, "rbd_snap_create", snapshot);
  }

  void protect(String snapshot) throws IOException {
    named("protect the snapshot " + snapshot, "rbd_snap_protect", snapshot);
  }

  boolean isProtected(String snapshot) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment out = arena.allocate(JAVA_LONG);
      long text = arena.allocateFrom(snapshot, StandardCharsets.UTF_8).address();
      simply("look at the snapshot " + snapshot, "rbd_snap_is_protected", text, out.address());
      return out.get(JAVA_INT, 0) != 0;
    }
  }

  /** Removes a snapshot, whether it is protected or not. */
  void forgetProtected(String snapshot) throws IOException {
    if (isProtected(snapshot)) {
      named("unprotect the snapshot " + snapshot, "rbd_snap_unprotect", snapshot);
    }
    removeSnapshot(snapshot);
  }

  void removeSnapshot(String snapshot) throws IOException {
    named("remove the snapshot " + snapshot, "rbd_snap_remove", snapshot);
  }

  void rollBack(String snapshot) throws IOException {
    named("go back to the snapshot " + snapshot, "rbd_snap_rollback", snapshot);
  }

  /** Waits for what is under way, and closes. */
  @Override
  public void close() throws IOException {
    use.writeLock().lock();
    try {
      long open = handle;
      handle = 0;
      if (open != 0) {
        check("close", library.call("rbd_close", open));
      }
    } finally {
      use.writeLock().unlock();
    }
  }
}
