package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.platter.image.CheckReport;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every format keeps to whose disks can be written to while they are in use: the disk is an
 * array of bytes, whatever is done to it by however many threads, whatever fails, and wherever the
 * power does. A format module extends this and says which kinds of images there are.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LiveImageContract {
  private static final int SIZE = 3 * 1024 * 1024 + 512 * 7;
  private static final int SECTOR = 512;

  /** What of the disk belongs to one thread, in turn. */
  private static final int STRIPE = 96 << 10;

  /** The format under test. */
  protected abstract ImageFormat format();

  /** The kinds of images that every test goes through. */
  protected abstract Stream<LiveSubject.Kind> kinds();

  /** An image of that kind with a disk of that size. */
  protected LiveSubject make(LiveSubject.Kind kind, long seed, int size) throws IOException {
    return LiveSubject.make(format(), kind, seed, size, 4096);
  }

  /** An image of that kind of which nothing is stored. */
  protected LiveSubject makeEmpty(LiveSubject.Kind kind, int size) throws IOException {
    return LiveSubject.makeEmpty(format(), kind, size);
  }

  /** The size of the disks for power cuts: a few blocks, since each is read very often. */
  protected int smallSize(LiveSubject.Kind kind) {
    return 96 * 1024 + 512 * 3;
  }

  /** Whether the editor can make such disks larger. */
  protected boolean grows(LiveSubject.Kind kind) {
    return true;
  }

  /** Whether blocks that were discarded give their space to others. */
  protected boolean reusesSpace(LiveSubject.Kind kind) {
    return true;
  }

  /**
   * Whether a check of an image that nobody has opened live since the power failed may say that;
   * leaks always may be. The disk is whole all the same.
   */
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return afterPowerCut.corruptions() == 0 && afterPowerCut.checkErrors() == 0;
  }

  /**
   * Fails where an image, which nobody has open, says that a part of its disk has not changed
   * though it has.
   *
   * @param files by the names of the subject's
   */
  protected void mustTellOfChanges(
      Map<String, ? extends WritableStorage> files, byte[] before, byte[] now) throws IOException {}

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

  private byte[] resize(LiveDisk disk, byte[] model) throws IOException {
    int size = model.length + 512 * 999;
    try (ImageEditor editor = format().edit(disk.image(), disk.request())) {
      editor.resize(new ResizeRequest(size));
    }
    byte[] larger = Arrays.copyOf(model, size);
    assertArrayEquals(larger, disk.read());
    return larger;
  }

  /** A range within {@code from} and {@code end}, often of whole pages. */
  private static int[] range(Random random, int from, int end) {
    int unit = random.nextInt(4) == 0 ? 1 : random.nextBoolean() ? SECTOR : 4096;
    int most = random.nextInt(8) == 0 ? end - from : Math.min(end - from, 20_000);
    int first = from + random.nextInt(end - from);
    first = Math.max(from, first / unit * unit);
    int last = Math.min(end, first + 1 + random.nextInt(most));
    if (unit > 1 && last / unit * unit > first) {
      last = last / unit * unit;
    }
    return new int[] {first, last};
  }

  private static int[] stripe(Random random, int thread, int threads, int size) {
    int stripes = size / STRIPE / threads;
    int first = (random.nextInt(stripes) * threads + thread) * STRIPE;
    return range(random, first, first + STRIPE);
  }

  /** Does one thing to the disk and the model, and looks at what it did. */
  private static void operate(GuestDisk guest, byte[] model, Random random, int from, int end)
      throws IOException {
    int length = end - from;
    switch (random.nextInt(10)) {
      case 0 -> guest.flush();
      case 1 -> {
        guest.zero(from, length, Space.KEEP);
        Arrays.fill(model, from, end, (byte) 0);
      }
      case 2, 3 -> {
        guest.zero(from, length, Space.GIVE_BACK);
        Arrays.fill(model, from, end, (byte) 0);
      }
      case 4, 5 -> {
        guest.discard(from, length);
        byte[] found = read(guest, from, length);
        adoptDiscarded(model, from, found);
      }
      default -> {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        guest.write(from, MemorySegment.ofArray(bytes));
        System.arraycopy(bytes, 0, model, from, length);
      }
    }
    assertTrue(
        Arrays.equals(model, from, end, read(guest, from, length), 0, length),
        () -> "bytes " + from + " to " + end);
  }

  /** What was discarded is as it was, or zero, sector by sector. */
  private static void adoptDiscarded(byte[] model, int from, byte[] found) {
    for (int i = 0; i < found.length; i++) {
      if (found[i] != 0) {
        assertEquals(model[from + i], found[i], "a discarded byte is the old one or zero");
      }
      model[from + i] = found[i];
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void whereverThePowerFailsNothingIsLost(LiveSubject.Kind kind) throws IOException {
    for (int seed = 1; seed <= 3; seed++) {
      LiveSubject subject = make(kind, seed, smallSize(kind));
      ChangeJournal journal = new ChangeJournal();
      Map<String, WritableStorage> files = new LinkedHashMap<>();
      subject.files().forEach((name, bytes) -> files.put(name, journal.open(name, bytes)));
      LiveDisk disk = new LiveDisk(format(), files, subject.below());
      LiveHistory history = new LiveHistory(disk.read());
      Random random = new Random(seed + kind.toString().hashCode());
      try (GuestDisk guest = disk.live()) {
        for (int i = 0; i < 12; i++) {
          operate(guest, history, journal, random);
        }
      }
      history.flushed(journal.size());
      byte[] before = LiveDisk.inMemory(format(), subject).read();
      int[] count = new int[1];
      journal.cutEverywhere(
          seed,
          (cut, media) -> {
            LiveDisk survivor = new LiveDisk(format(), media, subject.below());
            mustTellOfChanges(media, before, survivor.read());
            survive(survivor, history, cut, count[0]++ % 16 == 0);
          });
    }
  }

  private static void operate(
      GuestDisk guest, LiveHistory history, ChangeJournal journal, Random random)
      throws IOException {
    int[] range = range(random, 0, (int) guest.size());
    int from = range[0];
    int length = range[1] - from;
    int begun = journal.size();
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        guest.flush();
        history.flushed(journal.size());
      }
      case 2 -> {
        history.begin(begun, from, new byte[length]);
        guest.zero(from, length, Space.GIVE_BACK);
      }
      case 3 -> {
        history.begin(begun, from, new byte[length]);
        guest.discard(from, length);
        history.found(from, read(guest, from, length));
      }
      default -> {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        history.begin(begun, from, bytes);
        guest.write(from, MemorySegment.ofArray(bytes));
      }
    }
    assertArrayEquals(history.present(), read(guest));
  }

  /** The image opens, for others and for us, its disk is whole, and goes on being so. */
  private void survive(LiveDisk disk, LiveHistory history, int cut, boolean writesOn)
      throws IOException {
    byte[] found = disk.read();
    history.mustAllow(found, cut);
    disk.check()
        .ifPresent(
            report -> assertTrue(mayBeFound(report), () -> "at change " + cut + ": " + report));
    try (GuestDisk guest = disk.live()) {
      assertArrayEquals(found, read(guest), "at change " + cut);
      if (writesOn) {
        Random random = new Random(cut);
        for (int i = 0; i < 6; i++) {
          int[] range = range(random, 0, found.length);
          operate(guest, found, random, range[0], range[1]);
        }
        assertArrayEquals(found, read(guest));
      }
    }
    assertArrayEquals(found, disk.read(), "at change " + cut);
    assertNotCorrupt(disk);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anErrorOfTheMediumIsToldAndHarmsNothingElse(LiveSubject.Kind kind) throws IOException {
    LiveSubject subject = make(kind, 5, smallSize(kind));
    for (String file : subject.files().keySet()) {
      int most = faults(subject, file, storage -> storage).changes();
      for (int n = 1; n <= most; n++) {
        int number = n;
        faults(subject, file, storage -> storage.failingChange(number));
      }
      int reads = faults(subject, file, storage -> storage).reads();
      for (int n = 1; n <= reads; n += 1 + reads / 200) {
        int number = n;
        faults(subject, file, storage -> storage.failingRead(number));
      }
      for (int room = 0; room < 100_000; room += 1999) {
        int bytes = room;
        faults(subject, file, storage -> storage.fullAfter(bytes));
      }
    }
  }

  private interface Fault {
    FaultyStorage in(FaultyStorage storage);
  }

  /** Goes through some operations, of which one or more fail, and looks at what is left. */
  private FaultyStorage faults(LiveSubject subject, String faulty, Fault fault) throws IOException {
    LiveDisk plain = LiveDisk.inMemory(format(), subject);
    FaultyStorage storage = fault.in(new FaultyStorage(plain.files().get(faulty)));
    Map<String, WritableStorage> files = new LinkedHashMap<>(plain.files());
    files.put(faulty, storage);
    LiveDisk disk = new LiveDisk(format(), files, subject.below());
    LiveHistory history = new LiveHistory(plain.read());
    Random random = new Random(6);
    try (GuestDisk guest = disk.live()) {
      for (int i = 0; i < 12; i++) {
        operateOrFail(guest, history, random);
      }
    } catch (IOException e) {
      assertTrue(e.getMessage() != null, "says what is wrong");
    }
    history.mustAllow(plain.read(), Integer.MAX_VALUE);
    mustTellOfChanges(
        plain.files(), LiveDisk.inMemory(format(), subject).read(), history.present());
    disk = plain;
    disk.check().ifPresent(report -> assertTrue(mayBeFound(report), report::toString));
    byte[] found = disk.read();
    try (GuestDisk guest = disk.live()) {
      guest.write(0, MemorySegment.ofArray(new byte[] {1, 2, 3}));
    }
    System.arraycopy(new byte[] {1, 2, 3}, 0, found, 0, 3);
    assertArrayEquals(found, disk.read());
    assertNotCorrupt(disk);
    return storage;
  }

  private static void operateOrFail(GuestDisk guest, LiveHistory history, Random random)
      throws IOException {
    int[] range = range(random, 0, (int) guest.size());
    int from = range[0];
    byte[] bytes = new byte[range[1] - from];
    int kind = random.nextInt(8);
    if (kind > 3) {
      random.nextBytes(bytes);
    }
    if (kind > 1) {
      history.begin(0, from, bytes);
    }
    try {
      switch (kind) {
        case 0, 1 -> {
          guest.flush();
          history.flushed(0);
        }
        case 2 -> guest.zero(from, bytes.length, Space.GIVE_BACK);
        case 3 -> guest.discard(from, bytes.length);
        default -> guest.write(from, MemorySegment.ofArray(bytes));
      }
    } catch (IOException e) {
      assertTrue(e.getMessage() != null, "says what is wrong");
    }
    byte[] found = readOrTryAgain(guest);
    history.mustAllow(found, Integer.MAX_VALUE);
    if (kind > 1) {
      history.found(from, Arrays.copyOfRange(found, from, from + bytes.length));
    }
    assertArrayEquals(history.present(), found);
  }

  /** No more than one read fails. */
  private static byte[] readOrTryAgain(GuestDisk guest) throws IOException {
    try {
      return read(guest);
    } catch (IOException e) {
      return read(guest);
    }
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

  private static byte[] read(GuestDisk guest) throws IOException {
    return read(guest, 0, (int) guest.size());
  }

  private static byte[] read(GuestDisk guest, int from, int length) throws IOException {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) 0x55);
    guest.read(from, MemorySegment.ofArray(bytes));
    return bytes;
  }

  private static void assertSound(LiveDisk disk) throws IOException {
    assertNotCorrupt(disk);
    disk.check().ifPresent(report -> assertEquals(0, report.leaks(), report::toString));
  }

  private static void assertNotCorrupt(LiveDisk disk) throws IOException {
    disk.check()
        .ifPresent(report -> {
          if (report.corruptions() + report.checkErrors() > 0) {
            fail(report.toString());
          }
        });
  }
}
