package dev.platter.testdata;

import static dev.platter.testdata.LiveOperations.assertNotCorrupt;
import static dev.platter.testdata.LiveOperations.assertSound;
import static dev.platter.testdata.LiveOperations.operate;
import static dev.platter.testdata.LiveOperations.range;
import static dev.platter.testdata.LiveOperations.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every format keeps to whose disks can be written to while they are in use: the disk is an
 * array of bytes, whatever is done to it by however many threads, and, as {@link LiveFaultContract}
 * says, whatever fails and wherever the power does. A format module extends this and says which
 * kinds of images there are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LiveImageContract extends LiveFaultContract {
  private static final int SIZE = 3 * 1024 * 1024 + 512 * 7;
  private static final int SECTOR = 512;

  /** What of the disk belongs to one thread, in turn. */
  private static final int STRIPE = 96 << 10;

  /** An image of that kind of which nothing is stored. */
  protected LiveSubject makeEmpty(LiveSubject.Kind kind, int size) throws IOException {
    return LiveSubject.makeEmpty(format(), kind, size);
  }

  /** Whether the editor can make such disks larger. */
  protected boolean grows(LiveSubject.Kind kind) {
    return true;
  }

  /** Whether blocks that were discarded give their space to others. */
  protected boolean reusesSpace(LiveSubject.Kind kind) {
    return true;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void openingAndReadingChangesNothing(LiveSubject.Kind kind) throws IOException {
    LiveSubject subject = make(kind, 1, SIZE);
    LiveDisk disk = LiveDisk.inMemory(format(), subject);
    byte[] expected = disk.read();
    try (GuestDisk guest = disk.live()) {
      assertEquals(SIZE, guest.size());
      assertArrayEquals(expected, read(guest));
    }
    for (Map.Entry<String, ? extends WritableStorage> file : disk.files().entrySet()) {
      assertArrayEquals(
          subject.files().get(file.getKey()), ((MemoryStorage) file.getValue()).toByteArray());
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void oneThreadAgreesWithTheModel(LiveSubject.Kind kind) throws Exception {
    agreeWithTheModel(kind, 1, 40);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void twoThreadsAgreeWithTheModel(LiveSubject.Kind kind) throws Exception {
    agreeWithTheModel(kind, 2, 40);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void eightThreadsAgreeWithTheModel(LiveSubject.Kind kind) throws Exception {
    agreeWithTheModel(kind, 8, 40);
  }

  private void agreeWithTheModel(LiveSubject.Kind kind, int threads, int operations)
      throws Exception {
    LiveDisk disk = LiveDisk.inMemory(format(), make(kind, threads, SIZE));
    byte[] model = disk.read();
    byte[] before = model.clone();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int round = 0; round < 4; round++) {
        try (GuestDisk guest = disk.live()) {
          assertEquals(model.length, guest.size());
          byte[] content = model;
          List<Future<?>> running = new ArrayList<>();
          for (int i = 0; i < threads; i++) {
            Random random = new Random(round * 100L + i);
            int number = i;
            running.add(
                pool.submit(() -> {
                  for (int j = 0; j < operations; j++) {
                    // With no more threads than one it may be anywhere.
                    int[] range =
                        threads == 1
                            ? range(random, 0, (int) guest.size())
                            : stripe(random, number, threads, (int) guest.size());
                    operate(guest, content, random, range[0], range[1]);
                  }
                  return null;
                }));
          }
          for (Future<?> thread : running) {
            thread.get();
          }
          assertArrayEquals(model, read(guest), "round " + round);
        }
        assertArrayEquals(model, disk.read(), "after round " + round);
        mustTellOfChanges(disk.files(), before, model);
        assertSound(disk);
        if (round == 2 && grows(kind)) {
          model = resize(disk, model);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void threadsThatFillOneBlockTogetherLoseNothing(LiveSubject.Kind kind) throws Exception {
    int threads = 8;
    LiveDisk disk = LiveDisk.inMemory(format(), makeEmpty(kind, SIZE)).slow();
    byte[] model = disk.read();
    new Random(10).nextBytes(model);
    int run = 4096;
    try (GuestDisk guest = disk.live();
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int number = i;
        running.add(
            pool.submit(() -> {
              for (int at = number * run; at < SIZE / 8; at += threads * run) {
                guest.write(at, MemorySegment.ofArray(model).asSlice(at, run - SECTOR));
              }
              return null;
            }));
      }
      for (Future<?> thread : running) {
        thread.get();
      }
      byte[] found = read(guest);
      for (int at = 0; at < SIZE / 8; at += run) {
        int from = at;
        assertTrue(
            Arrays.equals(found, at, at + run - SECTOR, model, at, at + run - SECTOR),
            () -> "at " + from);
      }
    }
    assertNotCorrupt(disk);
  }

  /** Who asks where data are meets tables that are being made, and no half-made ones. */
  @ParameterizedTest
  @MethodSource("kinds")
  void theMapIsReadWhileTheDiskIsWritten(LiveSubject.Kind kind) throws Exception {
    LiveDisk disk = LiveDisk.inMemory(format(), makeEmpty(kind, SIZE));
    AtomicInteger front = new AtomicInteger();
    try (GuestDisk guest = disk.live();
        ExecutorService pool = Executors.newFixedThreadPool(1)) {
      BlockMap map = guest.map().layers().getFirst();
      Future<?> reader =
          pool.submit(() -> {
            for (int at = 0; at < SIZE - SECTOR; at = front.get()) {
              assertTrue(map.extentAt(at, SIZE).end() > at);
            }
            return null;
          });
      MemorySegment sector = MemorySegment.ofArray(new byte[SECTOR]).fill((byte) 1);
      for (int at = 0; at < SIZE; at += 4 * SECTOR) {
        front.set(at);
        guest.write(at, sector);
      }
      front.set(SIZE);
      reader.get();
    }
    assertNotCorrupt(disk);
  }

  private byte[] resize(LiveDisk disk, byte[] model) throws IOException {
    int size = model.length + 512 * 999;
    try (ImageEditor editor = format().edit(disk.image(), disk.request())) {
      editor.resize(new ResizeRequest(size));
    }
    byte[] larger = Arrays.copyOf(model, size);
    assertArrayEquals(larger, disk.read());
    return larger;
  }

  private static int[] stripe(Random random, int thread, int threads, int size) {
    int stripes = size / STRIPE / threads;
    int first = (random.nextInt(stripes) * threads + thread) * STRIPE;
    return range(random, first, first + STRIPE);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void spaceThatWasFreedIsUsedAgain(LiveSubject.Kind kind) throws IOException {
    LiveDisk disk = LiveDisk.inMemory(format(), make(kind, 7, SIZE));
    byte[] content = new byte[SIZE];
    try (GuestDisk guest = disk.live()) {
      new Random(8).nextBytes(content);
      guest.write(0, MemorySegment.ofArray(content));
      guest.flush();
    }
    long size = size(disk);
    long full = allocatedSize(disk);
    try (GuestDisk guest = disk.live()) {
      for (int round = 0; round < 4; round++) {
        guest.discard(0, SIZE);
        guest.flush();
        new Random(round).nextBytes(content);
        guest.write(0, MemorySegment.ofArray(content));
      }
    }
    assertArrayEquals(content, disk.read());
    assertSound(disk);
    if (reusesSpace(kind)) {
      long slack = 128 << 10;
      assertTrue(size(disk) <= size + slack, () -> "from " + size);
      assertTrue(allocatedSize(disk) <= full + slack, () -> "from " + full);
    }
  }

  private static long size(LiveDisk disk) throws IOException {
    long size = 0;
    for (WritableStorage file : disk.files().values()) {
      size += file.size();
    }
    return size;
  }

  private static long allocatedSize(LiveDisk disk) throws IOException {
    long size = 0;
    for (WritableStorage file : disk.files().values()) {
      size += file.allocatedSize();
    }
    return size;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whatLiesOutsideOfTheDiskIsRefused(LiveSubject.Kind kind) throws IOException {
    LiveDisk disk = LiveDisk.inMemory(format(), make(kind, 9, SIZE));
    byte[] before = disk.read();
    MemorySegment two = MemorySegment.ofArray(new byte[2]);
    GuestDisk closed;
    try (GuestDisk guest = disk.live()) {
      closed = guest;
      assertThrows(IndexOutOfBoundsException.class, () -> guest.write(SIZE - 1, two));
      assertThrows(IndexOutOfBoundsException.class, () -> guest.read(SIZE - 1, two));
      assertThrows(IndexOutOfBoundsException.class, () -> guest.write(-1, two));
      assertThrows(
          IndexOutOfBoundsException.class, () -> guest.zero(Long.MAX_VALUE, 2, Space.KEEP));
      assertThrows(IndexOutOfBoundsException.class, () -> guest.discard(1, SIZE));
      guest.write(SIZE, MemorySegment.NULL);
      guest.discard(SIZE, 0);
    }
    assertThrows(ClosedChannelException.class, () -> closed.write(0, two));
    assertThrows(ClosedChannelException.class, closed::flush);
    assertArrayEquals(before, disk.read());
  }
}
