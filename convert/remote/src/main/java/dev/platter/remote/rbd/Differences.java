package dev.platter.remote.rbd;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.Arrays;

/**
 * What is data in a range of an image, by {@code rbd_diff_iterate2}, which tells it by calls: the
 * only one of librbd's questions that has no other form. All that is not told of is a hole.
 */
final class Differences {
  /** What of an image may be told of before all of the rest counts as data. */
  private static final int MOST_RUNS = 1 << 20;

  private static final FunctionDescriptor CALLBACK =
      FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT, ADDRESS);

  private static final MethodHandle TOLD = told();

  /** How finely it is told. */
  enum Grain {
    /** Whole objects, for which the image's object map is enough where it has one. */
    OBJECTS,
    /** What the objects hold. */
    BYTES
  }

  private final long offset;
  private final long end;

  /** Where runs of data begin and end, in turn, ascending. */
  private long[] bounds = new long[64];

  private int count;

  Differences(long offset, long length) {
    this.offset = offset;
    this.end = offset + length;
  }

  private static MethodHandle told() {
    try {
      return MethodHandles.lookup()
          .findVirtual(
              Differences.class,
              "told",
              MethodType.methodType(
                  int.class, long.class, long.class, int.class, MemorySegment.class));
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Asks.
   *
   * @param image an open one
   * @return 0, or a negated error number
   */
  @SuppressWarnings("restricted")
  int ask(Library library, long image, Grain grain) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment callback = Linker.nativeLinker().upcallStub(TOLD.bindTo(this), CALLBACK, arena);
      int withParent = 1;
      int wholeObjects = grain == Grain.OBJECTS ? 1 : 0;
      int result =
          library.call(
              "rbd_diff_iterate2",
              image,
              0,
              offset,
              end - offset,
              withParent,
              wholeObjects,
              callback.address(),
              0);
      sort();
      return result;
    }
  }

  /** Called by the library; must not throw. */
  @SuppressWarnings("unused") // by name
  private synchronized int told(long at, long length, int exists, MemorySegment unused) {
    if (exists == 0 || length <= 0) {
      return 0;
    }
    long from = Math.max(at, offset);
    long to = Math.min(at + length, end);
    if (count > 0 && from == bounds[count - 1]) {
      bounds[count - 1] = to;
    } else if (count == 2 * MOST_RUNS) {
      bounds[count - 1] = end; // too many to be kept
    } else if (from < to) {
      if (count == bounds.length) {
        bounds = Arrays.copyOf(bounds, 2 * count);
      }
      bounds[count++] = from;
      bounds[count++] = to;
    }
    return 0;
  }

  /** They come in order, as far as is known; nothing here relies on it. */
  private void sort() {
    boolean inOrder = true;
    for (int i = 1; i < count; i++) {
      inOrder &= bounds[i - 1] <= bounds[i];
    }
    if (inOrder) {
      return;
    }
    long[][] runs = new long[count / 2][];
    for (int i = 0; i < runs.length; i++) {
      runs[i] = new long[] {bounds[2 * i], bounds[2 * i + 1]};
    }
    Arrays.sort(runs, (a, b) -> Long.compare(a[0], b[0]));
    count = 0;
    for (long[] run : runs) {
      if (count > 0 && run[0] <= bounds[count - 1]) {
        bounds[count - 1] = Math.max(bounds[count - 1], run[1]);
      } else {
        bounds[count++] = run[0];
        bounds[count++] = run[1];
      }
    }
  }

  boolean covers(long at) {
    return offset <= at && at < end;
  }

  /** Where the answer at {@code at} ends, which is covered. */
  long endAt(long at) {
    int next = nextBound(at);
    return next < count ? bounds[next] : end;
  }

  /** Whether there is data at {@code at}, which is covered. */
  boolean isData(long at) {
    return nextBound(at) % 2 == 1;
  }

  /** The first bound behind {@code at}. */
  private int nextBound(long at) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bounds[middle] <= at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Bytes of data in all of the range. */
  long dataBytes() {
    long sum = 0;
    for (int i = 0; i < count; i += 2) {
      sum += bounds[i + 1] - bounds[i];
    }
    return sum;
  }
}
