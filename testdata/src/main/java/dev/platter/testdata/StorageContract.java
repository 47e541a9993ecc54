package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.Run;
import dev.platter.storage.Table;
import dev.platter.storage.WritableStorage;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** What every writable storage must do; the test of a storage extends this. */
public abstract class StorageContract {
  private static final int ALL_HISTORIES = 20;

  private final List<WritableStorage> opened = new ArrayList<>();

  /** A new and empty storage; this class closes it. */
  protected abstract WritableStorage create() throws IOException;

  /** Whether a hole of a megabyte is told from data. */
  protected boolean knowsHoles() {
    return true;
  }

  /** How many of the histories are tried; fewer where each step takes its time. */
  protected int histories() {
    return ALL_HISTORIES;
  }

  @AfterEach
  void closeStorages() throws IOException {
    for (WritableStorage storage : opened) {
      storage.close();
    }
  }

  private WritableStorage open() throws IOException {
    WritableStorage storage = create();
    opened.add(storage);
    return storage;
  }

  private static byte[] bytes(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] content(WritableStorage storage) throws IOException {
    byte[] content = new byte[Math.toIntExact(storage.size())];
    storage.readFully(0, MemorySegment.ofArray(content));
    return content;
  }

  @Test
  void isEmptyAtFirst() throws IOException {
    WritableStorage storage = open();
    assertEquals(0, storage.size());
    assertEquals(0, storage.read(0, MemorySegment.ofArray(new byte[1])));
    assertTrue(storage.readsZeroWhereUnwritten());
  }

  @Test
  void readsBackWhatWasWrittenFromTheHeapAndFromNativeMemory() throws IOException {
    WritableStorage storage = open();
    byte[] first = bytes(3 * 1024 * 1024 + 5, 1);
    byte[] second = bytes(70_001, 2);
    storage.write(0, MemorySegment.ofArray(first));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment source = arena.allocate(second.length);
      source.copyFrom(MemorySegment.ofArray(second));
      storage.write(12_345, source);
      System.arraycopy(second, 0, first, 12_345, second.length);
      MemorySegment target = arena.allocate(first.length + 100);
      assertEquals(first.length, storage.read(0, target));
      assertArrayEquals(first, target.asSlice(0, first.length).toArray(ValueLayout.JAVA_BYTE));
    }
    assertArrayEquals(first, content(storage));
  }

  @Test
  void readsLessOnlyAtTheEnd() throws IOException {
    WritableStorage storage = open();
    storage.write(0, MemorySegment.ofArray(bytes(1000, 3)));
    MemorySegment target = MemorySegment.ofArray(new byte[600]);
    assertEquals(600, storage.read(400, target));
    assertEquals(599, storage.read(401, target));
    assertEquals(0, storage.read(1000, target));
    assertEquals(0, storage.read(Long.MAX_VALUE - 600, target));
    var error = assertThrows(EOFException.class, () -> storage.readFully(401, target));
    assertTrue(error.getMessage().contains(storage.name()), error.getMessage());
    assertTrue(error.getMessage().contains("0x3e8"), error.getMessage());
  }

  @Test
  void gapsReadAsZeros() throws IOException {
    WritableStorage storage = open();
    storage.write(100_000, MemorySegment.ofArray(new byte[] {1}));
    byte[] expected = new byte[100_001];
    expected[100_000] = 1;
    assertArrayEquals(expected, content(storage));
  }

  @Test
  void zeroesWithinAcrossAndPastTheEnd() throws IOException {
    WritableStorage storage = open();
    byte[] expected = Arrays.copyOf(bytes(20_000, 4), 60_000);
    storage.write(0, MemorySegment.ofArray(expected).asSlice(0, 20_000));
    storage.zero(5000, 9000);
    Arrays.fill(expected, 5000, 14_000, (byte) 0);
    storage.zero(19_000, 21_000);
    Arrays.fill(expected, 19_000, 20_000, (byte) 0);
    assertEquals(40_000, storage.size());
    storage.zero(50_000, 10_000);
    assertArrayEquals(expected, content(storage));
    storage.zero(60_001, 0);
    assertEquals(60_000, storage.size());
  }

  @Test
  void allocatingKeepsTheContentAndGrows() throws IOException {
    WritableStorage storage = open();
    byte[] expected = Arrays.copyOf(bytes(10_000, 5), 300_000);
    storage.write(0, MemorySegment.ofArray(expected).asSlice(0, 10_000));
    storage.allocate(5000, 295_000);
    assertArrayEquals(expected, content(storage));
    assertTrue(storage.allocatedSize() >= 295_000, "allocated " + storage.allocatedSize());
  }

  @Test
  void cutOffBytesDoNotComeBack() throws IOException {
    WritableStorage storage = open();
    byte[] expected = bytes(10_000, 6);
    storage.write(0, MemorySegment.ofArray(expected));
    storage.truncate(5003);
    assertEquals(5003, storage.size());
    storage.truncate(10_000);
    Arrays.fill(expected, 5003, 10_000, (byte) 0);
    assertArrayEquals(expected, content(storage));
    storage.truncate(0);
    assertEquals(0, storage.size());
  }

  @Test
  void runsBeginWhereAskedAndStayWithinLimitAndEnd() throws IOException {
    WritableStorage storage = open();
    storage.truncate(1 << 20);
    storage.write(1 << 20, MemorySegment.ofArray(bytes(1 << 16, 7)));
    storage.truncate(2 << 20);
    if (knowsHoles()) {
      assertEquals(new Run(17, (1 << 20) - 17, true), storage.runAt(17, Long.MAX_VALUE));
      assertEquals(new Run(1 << 20, 1 << 16, false), storage.runAt(1 << 20, Long.MAX_VALUE));
      assertEquals(new Run(3 << 19, 1 << 19, true), storage.runAt(3 << 19, Long.MAX_VALUE));
    }
    assertEquals(100, storage.runAt(17, 117).length());
    assertEquals(2 << 20, storage.runAt((2 << 20) - 1, Long.MAX_VALUE).end());
    assertThrows(IllegalArgumentException.class, () -> storage.runAt(2 << 20, Long.MAX_VALUE));
    assertThrows(IllegalArgumentException.class, () -> storage.runAt(17, 17));
  }

  @Test
  void zeroedSpaceIsGivenBack() throws IOException {
    WritableStorage storage = open();
    storage.write(0, MemorySegment.ofArray(bytes(1 << 20, 8)));
    storage.sync();
    long before = storage.allocatedSize();
    storage.zero(0, 1 << 20);
    if (knowsHoles()) {
      assertTrue(before >= 1 << 20, "before " + before);
      assertTrue(storage.allocatedSize() < 1 << 17, "after " + storage.allocatedSize());
      assertEquals(new Run(0, 1 << 20, true), storage.runAt(0, Long.MAX_VALUE));
    }
    assertArrayEquals(new byte[1 << 20], content(storage));
  }

  @RepeatedTest(ALL_HISTORIES)
  void agreesWithAPlainArrayWhateverIsDone(RepetitionInfo repetition) throws IOException {
    if (repetition.getCurrentRepetition() > histories()) {
      return;
    }
    Random random = new Random(repetition.getCurrentRepetition());
    WritableStorage storage = open();
    byte[] model = new byte[200_000];
    int size = 0;
    for (int step = 0; step < 60; step++) {
      int offset = random.nextBoolean() ? random.nextInt(45) * 4096 : random.nextInt(190_000);
      int length = random.nextBoolean() ? 4096 : 1 + random.nextInt(10_000);
      switch (random.nextInt(5)) {
        case 0 -> {
          storage.zero(offset, length);
          Arrays.fill(model, offset, offset + length, (byte) 0);
          size = Math.max(size, offset + length);
        }
        case 1 -> {
          storage.allocate(offset, length);
          size = Math.max(size, offset + length);
        }
        case 2 -> {
          storage.truncate(offset);
          Arrays.fill(model, offset, model.length, (byte) 0);
          size = offset;
        }
        default -> {
          byte[] part = new byte[length];
          random.nextBytes(part);
          storage.write(offset, MemorySegment.ofArray(part));
          System.arraycopy(part, 0, model, offset, length);
          size = Math.max(size, offset + length);
        }
      }
    }
    assertArrayEquals(Arrays.copyOf(model, size), content(storage));
    for (long at = 0; at < size; ) {
      Run run = storage.runAt(at, Long.MAX_VALUE);
      assertEquals(at, run.offset());
      for (long i = at; run.hole() && i < run.end(); i++) {
        assertEquals(0, model[(int) i], "a hole at " + i);
      }
      at = run.end();
      assertTrue(at <= size);
    }
  }

  @Test
  void copiesAPrefixOfAnotherStorageOrNothing() throws IOException {
    WritableStorage source = open();
    WritableStorage target = open();
    byte[] content = bytes(1 << 18, 9);
    source.write(0, MemorySegment.ofArray(content));
    target.write(0, MemorySegment.ofArray(bytes(100, 10)));
    long copied = target.copyFrom(source, 4096, 8192, 100_000);
    assertTrue(copied >= 0 && copied <= 100_000, "copied " + copied);
    byte[] back = new byte[(int) copied];
    target.readFully(8192, MemorySegment.ofArray(back));
    assertArrayEquals(Arrays.copyOfRange(content, 4096, 4096 + (int) copied), back);
    long cloned = target.cloneFrom(source, 0, 1 << 17, 1 << 17);
    assertTrue(cloned >= 0 && cloned <= 1 << 17, "cloned " + cloned);
    back = new byte[(int) cloned];
    target.readFully(1 << 17, MemorySegment.ofArray(back));
    assertArrayEquals(Arrays.copyOf(content, (int) cloned), back);
  }

  @Test
  void refusesNegativeOffsets() throws IOException {
    WritableStorage storage = open();
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    assertThrows(IllegalArgumentException.class, () -> storage.read(-1, one));
    assertThrows(IllegalArgumentException.class, () -> storage.write(-1, one));
    assertThrows(IllegalArgumentException.class, () -> storage.zero(-1, 1));
    assertThrows(IllegalArgumentException.class, () -> storage.truncate(-1));
  }

  @Test
  void neverWritesToReadOnlyMemory() throws IOException {
    WritableStorage storage = open();
    storage.write(0, MemorySegment.ofArray(new byte[] {1}));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment target = arena.allocate(1);
      assertThrows(IllegalArgumentException.class, () -> storage.read(0, target.asReadOnly()));
      assertEquals(0, target.get(ValueLayout.JAVA_BYTE, 0));
    }
  }

  @Test
  void endsEveryCallAfterCloseInAnException() throws IOException {
    WritableStorage storage = open();
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    storage.write(0, one);
    storage.close();
    storage.close();
    assertThrows(IOException.class, () -> storage.read(0, one));
    assertThrows(IOException.class, () -> storage.write(0, one));
    assertThrows(IOException.class, () -> storage.zero(0, 1));
    assertThrows(IOException.class, storage::size);
    assertThrows(IOException.class, () -> storage.runAt(0, 1));
    assertThrows(IOException.class, storage::sync);
    storage.willNeed(0, 1);
    storage.dontNeed(0, 1);
  }

  @Test
  void closingUnderReadersEndsTheirReads() throws Exception {
    WritableStorage storage = open();
    byte[] content = bytes(1 << 16, 11);
    storage.write(0, MemorySegment.ofArray(content));
    CountDownLatch reading = new CountDownLatch(4);
    List<CompletableFuture<Throwable>> readers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      CompletableFuture<Throwable> end = new CompletableFuture<>();
      readers.add(end);
      Thread.ofPlatform().start(() -> end.complete(readUntilItFails(storage, content, reading)));
    }
    assertTrue(reading.await(20, TimeUnit.SECONDS));
    storage.close();
    for (CompletableFuture<Throwable> end : readers) {
      assertInstanceOf(IOException.class, end.get(20, TimeUnit.SECONDS));
    }
  }

  private static Throwable readUntilItFails(
      WritableStorage storage, byte[] content, CountDownLatch reading) {
    byte[] back = new byte[content.length];
    try {
      while (true) {
        storage.readFully(0, MemorySegment.ofArray(back));
        assertArrayEquals(content, back);
        reading.countDown();
      }
    } catch (Throwable end) {
      return end;
    }
  }

  @Test
  void threadsWriteAndReadSideBySide() throws Exception {
    WritableStorage storage = open();
    byte[] expected = bytes(64 * 5000, 12);
    List<CompletableFuture<Void>> writers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int first = i;
      CompletableFuture<Void> end = new CompletableFuture<>();
      writers.add(end);
      Thread.ofPlatform()
          .start(() -> {
            try {
              for (int part = first; part < 64; part += 4) {
                MemorySegment bytes = MemorySegment.ofArray(expected).asSlice(part * 5000L, 5000);
                storage.write(part * 5000L, bytes);
                byte[] back = new byte[5000];
                storage.readFully(part * 5000L, MemorySegment.ofArray(back));
                assertEquals(-1, bytes.mismatch(MemorySegment.ofArray(back)));
              }
              end.complete(null);
            } catch (Throwable e) {
              end.completeExceptionally(e);
            }
          });
    }
    for (CompletableFuture<Void> end : writers) {
      end.get(20, TimeUnit.SECONDS);
    }
    assertArrayEquals(expected, content(storage));
  }

  @Test
  void tablesAreReadHereAndThere() throws IOException {
    WritableStorage storage = open();
    byte[] content = bytes(3 * 1024 * 1024, 13);
    storage.write(0, MemorySegment.ofArray(content));
    long length = content.length - 1003L + 500; // reaches past the end
    Table table = storage.table(1003, length);
    MemorySegment model = MemorySegment.ofArray(content);
    var big = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    var little = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    Random random = new Random(14);
    for (int i = 0; i < 2000; i++) {
      long position = i < 20 ? 65_536L * (i + 1) - i % 9 : random.nextInt(content.length - 1011);
      assertEquals(model.get(big, 1003 + position), table.longAt(position, ByteOrder.BIG_ENDIAN));
      assertEquals(
          model.get(little, 1003 + position), table.intAt(position, ByteOrder.LITTLE_ENDIAN));
    }
    byte[] part = new byte[200_000];
    table.copy(77_777, MemorySegment.ofArray(part));
    assertArrayEquals(Arrays.copyOfRange(content, 78_780, 278_780), part);
    part = new byte[60_000];
    table.copy(60_001, MemorySegment.ofArray(part));
    assertArrayEquals(Arrays.copyOfRange(content, 61_004, 121_004), part);
    long end = content.length - 1003L;
    assertEquals(model.get(big, content.length - 8), table.longAt(end - 8, ByteOrder.BIG_ENDIAN));
    assertThrows(EOFException.class, () -> table.longAt(end - 7, ByteOrder.BIG_ENDIAN));
    assertThrows(EOFException.class, () -> table.intAt(end + 400, ByteOrder.BIG_ENDIAN));
    assertThrows(
        IndexOutOfBoundsException.class, () -> table.longAt(length - 7, ByteOrder.BIG_ENDIAN));
    assertThrows(IndexOutOfBoundsException.class, () -> table.intAt(-1, ByteOrder.BIG_ENDIAN));
    assertThrows(IllegalArgumentException.class, () -> storage.table(1, Long.MAX_VALUE));
    assertFalse(storage.size() > content.length);
  }
}
