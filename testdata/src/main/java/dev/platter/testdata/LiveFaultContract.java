package dev.platter.testdata;

import static dev.platter.testdata.LiveOperations.assertNotCorrupt;
import static dev.platter.testdata.LiveOperations.operate;
import static dev.platter.testdata.LiveOperations.range;
import static dev.platter.testdata.LiveOperations.read;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestDisk.Space;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a disk in use keeps through faults: whatever fails, and wherever the power does, a sector
 * has what it had at the last flush or what something begun since wrote. {@link LiveImageContract}
 * says what it is to do when all goes well.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class LiveFaultContract {
  /** The format under test. */
  protected abstract ImageFormat format();

  /** The kinds of images that every test goes through. */
  protected abstract Stream<LiveSubject.Kind> kinds();

  /** An image of that kind with a disk of that size. */
  protected LiveSubject make(LiveSubject.Kind kind, long seed, int size) throws IOException {
    return LiveSubject.make(format(), kind, seed, size, 4096);
  }

  /** The size of the disks for power cuts: a few blocks, since each is read very often. */
  protected int smallSize(LiveSubject.Kind kind) {
    return 96 * 1024 + 512 * 3;
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
          operateAndNote(guest, history, journal, random);
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

  private static void operateAndNote(
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
        LiveOperations.fill(bytes, random);
        history.begin(begun, from, bytes);
        LiveOperations.write(guest, from, bytes);
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
      LiveOperations.fill(bytes, random);
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
        default -> LiveOperations.write(guest, from, bytes);
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
}
