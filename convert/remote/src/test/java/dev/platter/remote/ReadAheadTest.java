package dev.platter.remote;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows on a file whose bytes tell where they are. */
@Timeout(60)
class ReadAheadTest {
  private static final long SIZE = (150L << 20) + 12_345;
  private static final long AHEAD = 24L << 20;
  private static final int SEGMENT = 1 << 20;

  private static byte at(long offset) {
    return (byte) (offset * 0x9e3779b97f4a7c15L >>> 56);
  }

  private static void fill(long offset, MemorySegment target) {
    for (long i = 0; i < target.byteSize(); i++) {
      target.set(ValueLayout.JAVA_BYTE, i, at(offset + i));
    }
  }

  private static void check(long offset, MemorySegment bytes) {
    for (long i = 0; i < bytes.byteSize(); i++) {
      if (bytes.get(ValueLayout.JAVA_BYTE, i) != at(offset + i)) {
        assertEquals(at(offset + i), bytes.get(ValueLayout.JAVA_BYTE, i), "at " + (offset + i));
      }
    }
  }

  private static void read(ReadAhead windows, long offset, MemorySegment target)
      throws IOException {
    for (long done = 0; done < target.byteSize(); ) {
      done += windows.read(offset + done, target.asSlice(done));
    }
    check(offset, target);
  }

  /** Memory is used again while others read: nobody may see the bytes of another window. */
  @Test
  void whoeverReadsInAnyOrderGetsTheBytesOfThatPlace() throws Exception {
    Set<Long> memory = ConcurrentHashMap.newKeySet();
    ReadAhead windows =
        new ReadAhead(
            SIZE,
            AHEAD,
            (offset, target) -> {
              if (target.isNative()) {
                memory.add(target.address());
              }
              fill(offset, target);
            });
    AtomicLong next = new AtomicLong();
    Callable<Void> inOrder =
        () -> {
          MemorySegment part = MemorySegment.ofArray(new byte[SEGMENT]);
          for (long at = next.getAndAdd(SEGMENT); at < SIZE; at = next.getAndAdd(SEGMENT)) {
            read(windows, at, part.asSlice(0, Math.min(SEGMENT, SIZE - at)));
          }
          return null;
        };
    Callable<Void> hereAndThere =
        () -> {
          Random random = new Random();
          for (int i = 0; i < 50; i++) {
            int length = 1 + random.nextInt(1 << random.nextInt(20));
            long at = random.nextLong(SIZE - length);
            read(windows, at, MemorySegment.ofArray(new byte[length]));
          }
          return null;
        };
    try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
      for (Future<Void> each :
          threads.invokeAll(List.of(inOrder, inOrder, inOrder, hereAndThere))) {
        each.get();
      }
    }
    assertTrue(memory.size() <= 40, memory.size() + " pieces of memory");
  }

  /** What is asked for ahead is not given up before it was read. */
  @Test
  void whoReadsInOrderHasNothingAskedForTwice() throws IOException {
    AtomicLong asked = new AtomicLong();
    ReadAhead windows =
        new ReadAhead(
            SIZE,
            AHEAD,
            (offset, target) -> {
              asked.addAndGet(target.byteSize());
              fill(offset, target);
            });
    MemorySegment part = MemorySegment.ofArray(new byte[SEGMENT]);
    for (long at = 0; at < SIZE; at += SEGMENT) {
      read(windows, at, part.asSlice(0, Math.min(SEGMENT, SIZE - at)));
    }
    assertEquals(SIZE, asked.get());
  }

  @ParameterizedTest
  @ValueSource(ints = {1 << 16, 1 << 19, 1 << 21})
  void windowsHaveWholeUnits(int unit) throws IOException {
    List<Long> asked = java.util.Collections.synchronizedList(new ArrayList<>());
    long size = 64L * (1 << 21);
    ReadAhead windows =
        new ReadAhead(
            size,
            AHEAD,
            unit,
            (offset, target) -> {
              asked.add(offset);
              asked.add(target.byteSize());
              fill(offset, target);
            });
    MemorySegment part = MemorySegment.ofArray(new byte[700_001]);
    for (long at = 3; at + part.byteSize() < size / 2; at += part.byteSize()) {
      read(windows, at, part);
    }
    read(windows, size - 10, MemorySegment.ofArray(new byte[10]));
    for (long each : List.copyOf(asked)) {
      assertEquals(0, each % unit);
    }
  }

  @Test
  void whatFailedIsAskedForAnew() throws IOException {
    AtomicInteger calls = new AtomicInteger();
    ReadAhead windows =
        new ReadAhead(
            SIZE,
            AHEAD,
            (offset, target) -> {
              if (calls.getAndIncrement() == 0) {
                throw new IOException("not now");
              }
              fill(offset, target);
            });
    MemorySegment part = MemorySegment.ofArray(new byte[100]);
    IOException error = assertThrows(IOException.class, () -> windows.read(5000, part));
    assertEquals("not now", error.getMessage());
    read(windows, 5000, part);
    assertEquals(2, calls.get());
  }
}
