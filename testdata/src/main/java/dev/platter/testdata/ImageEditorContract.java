package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every editor keeps to: the disk is the model's after each operation, and the old one or the
 * new one wherever the power fails. A format module extends this and says which images there are to
 * edit and what its editor can do. Images must be sound to their format's check.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ImageEditorContract {
  /** The size of the disks that are edited, bytes. */
  protected static final int SIZE = 3 * 1024 * 1024 + 512 * 7;

  /** How much of a disk's front is zero that is to be compacted; blocks must not be larger. */
  private static final int ZEROS = 2 << 20;

  /** Less than what is not zero; smaller blocks than this are given back then. */
  private static final int FEW_ZEROS = 1 << 20;

  /** How many changes of an operation fail in turn, at most; syncs do always. */
  private static final int ERRORS = 60;

  /** How many changes are lost one by one by a sync that fails, at most. */
  private static final int LOST = 4;

  /** The format under test. */
  protected abstract ImageFormat format();

  /** The ways of making an image to edit. */
  protected abstract Stream<ImageFormatContract.Variant> variants();

  /** The sizes to which an image of {@link #SIZE} is brought, bytes. */
  protected long[] sizes() {
    return new long[] {SIZE + 512, SIZE - 512, SIZE / 1024 / 3 * 1024, 2 * SIZE, 512, 5L << 30};
  }

  /** Whether disks may shrink. */
  protected boolean shrinks() {
    return true;
  }

  /** Whether images of this kind can be compacted. */
  protected boolean compacts(ImageFormatContract.Variant variant) {
    return true;
  }

  /** Whether a disk that was cut off has its old length again where the last sync failed. */
  protected boolean isAsLongAsItsFile() {
    return false;
  }

  /** Whether images can be repaired. */
  protected boolean repairs() {
    return true;
  }

  @ParameterizedTest
  @MethodSource("variants")
  void aDiskOfAnotherSizeHasTheSameBytesAndThenZeros(ImageFormatContract.Variant variant)
      throws IOException {
    byte[] content = disk(1);
    byte[] image = images().image(variant, content);
    for (long size : sizesOf()) {
      MemoryStorage storage = MemoryStorage.of("image", image);
      try (ImageEditor editor = edit(storage)) {
        editor.resize(new ResizeRequest(size));
        assertEquals(size, editor.info().virtualSize());
      }
      images().assertDisk(storage, content, size);
      images().assertSound(storage);
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void manySizesInARowAgreeWithTheModel(ImageFormatContract.Variant variant) throws IOException {
    byte[] content = disk(2);
    MemoryStorage storage = MemoryStorage.of("image", images().image(variant, content));
    Random random = new Random(3);
    for (int i = 0; i < 12; i++) {
      try (ImageEditor editor = edit(storage)) {
        for (int j = random.nextInt(3); j >= 0; j--) {
          int least = shrinks() ? 1 : content.length / 512;
          int size = 512 * (least + random.nextInt(2 * SIZE / 512));
          editor.resize(new ResizeRequest(size));
          content = Arrays.copyOf(content, size);
        }
      }
      images().assertDisk(storage, content, content.length);
      images().assertSound(storage);
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void aPowerCutWhileResizingLeavesTheOldOrTheNewSize(ImageFormatContract.Variant variant)
      throws IOException {
    byte[] content = disk(4);
    byte[] image = images().image(variant, content);
    for (long size : sizesOf()) {
      assertPowerCuts(image, content, size, resizing(size));
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void anErrorWhileResizingLeavesASoundImage(ImageFormatContract.Variant variant)
      throws IOException {
    byte[] content = disk(5);
    byte[] image = images().image(variant, content);
    for (long size : sizesOf()) {
      assertErrors(image, content, size, resizing(size));
    }
  }

  /** An operation that fails goes back step by step, and the power may fail then, too. */
  @ParameterizedTest
  @MethodSource("variants")
  void aPowerCutWhileAResizeIsTakenBackLeavesTheOldOrTheNewSize(ImageFormatContract.Variant variant)
      throws IOException {
    byte[] content = disk(9);
    byte[] image = images().image(variant, content);
    for (long size : new long[] {3 * SIZE, SIZE / 1024 / 3 * 1024}) {
      if (size < SIZE && !shrinks()) {
        continue;
      }
      assertTakenBack(image, content, size, resizing(size));
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void aPowerCutWhileACompactionIsTakenBackLeavesTheDisk(ImageFormatContract.Variant variant)
      throws IOException {
    if (compacts(variant)) {
      byte[] content = disk(10);
      Arrays.fill(content, 0, FEW_ZEROS, (byte) 0);
      assertTakenBack(images().image(variant, content), content, SIZE, compacting());
    }
  }

  /** Whether a sync that fails drops nothing, or all that it was to bring to the medium. */
  private void assertTakenBack(byte[] image, byte[] content, long size, Operation operation)
      throws IOException {
    RecordingStorage whole = new RecordingStorage("image", image);
    run(whole, operation);
    for (int n = 1; n <= whole.changes(); n++) {
      if (whole.isSync(n - 1)) {
        RecordingStorage recording = new RecordingStorage("image", image);
        FaultyStorage faulty = new FaultyStorage(recording).failingChange(n);
        if (fail(faulty, operation, "at sync " + n) == Outcome.REFUSED) {
          // A compaction may have nothing to take back.
          assertTrue(recording.isSynced() || size == SIZE, "ends with a sync");
          PowerCuts.everywhere(recording, (medium, syncs) -> survive(medium, content, size));
          PowerCuts.everywhere(
              recording.dropping(n - 1), (medium, syncs) -> survive(medium, content, size));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void compactionGivesBackWhatHoldsZeros(ImageFormatContract.Variant variant) throws IOException {
    if (!compacts(variant)) {
      MemoryStorage storage = MemoryStorage.of("image", images().image(variant, disk(6)));
      try (ImageEditor editor = edit(storage)) {
        assertThrows(UnsupportedFeatureException.class, editor::compact);
      }
      return;
    }
    byte[] content = disk(6);
    Arrays.fill(content, 0, ZEROS, (byte) 0);
    RecordingStorage storage = new RecordingStorage("image", images().image(variant, content));
    long before = storage.allocatedSize();
    try (ImageEditor editor = edit(storage)) {
      long won = editor.compact();
      assertTrue(won >= ZEROS, "won " + won);
      assertEquals(before - won, storage.allocatedSize());
    }
    images().assertDisk(storage.storage(), content, SIZE);
    images().assertSound(storage.storage());
    try (ImageEditor editor = edit(storage)) {
      assertEquals(0, editor.compact());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void compactionThatBreaksOffLeavesTheDisk(ImageFormatContract.Variant variant)
      throws IOException {
    if (!compacts(variant)) {
      return;
    }
    // With few zeros the file ends afterwards in the midst of what moved.
    for (int zeros : new int[] {FEW_ZEROS, ZEROS}) {
      byte[] content = disk(8);
      Arrays.fill(content, 0, zeros, (byte) 0);
      byte[] image = images().image(variant, content);
      assertPowerCuts(image, content, SIZE, compacting());
      assertErrors(image, content, SIZE, compacting());
    }
  }

  @ParameterizedTest
  @MethodSource("variants")
  void thereIsNothingToRepairInASoundImage(ImageFormatContract.Variant variant) throws IOException {
    byte[] image = images().image(variant, disk(7));
    MemoryStorage storage = MemoryStorage.of("image", image);
    try (ImageEditor editor = edit(storage)) {
      if (!repairs()) {
        assertThrows(UnsupportedFeatureException.class, () -> editor.repair(Repair.ALL));
        return;
      }
      RepairReport report = editor.repair(Repair.ALL);
      assertFalse(report.anyFixed(), report.toString());
      assertEquals(report.found(), report.after());
    }
    assertArrayEquals(image, storage.toByteArray());
  }

  /** An operation of an editor. */
  @FunctionalInterface
  private interface Operation {
    /**
     * @return what it could not end, though it did what it was to do
     */
    Optional<IOException> run(ImageEditor editor) throws IOException;
  }

  private static Operation resizing(long size) {
    return editor -> editor.resize(new ResizeRequest(size));
  }

  private static Operation compacting() {
    return editor -> {
      editor.compact();
      return Optional.empty();
    };
  }

  /** How an operation ended in which a change failed. */
  private enum Outcome {
    /** It threw: nothing came of it. */
    REFUSED,
    /** It did what it was to do, and said that some space is lost. */
    DONE_BUT_FOR_SPACE
  }

  /**
   * Wherever the power fails, the image is sound but for lost space, and the disk that it holds is
   * the old or the new one, also once the space has been given back.
   *
   * @param size that of the disk afterwards
   */
  private void assertPowerCuts(byte[] image, byte[] content, long size, Operation operation)
      throws IOException {
    RecordingStorage storage = new RecordingStorage("image", image);
    run(storage, operation);
    assertTrue(storage.isSynced(), "ends with a sync");
    PowerCuts.everywhere(storage, (medium, syncs) -> survive(medium, content, size));
  }

  private void survive(MemoryStorage medium, byte[] content, long size) throws IOException {
    images().assertNothingButLeaks(medium);
    images().assertOldOrNew(medium, content, size);
    if (repairs()) {
      try (ImageEditor editor = edit(medium)) {
        editor.repair(Repair.LEAKS);
      }
      images().assertSound(medium);
      images().assertOldOrNew(medium, content, size);
    }
    if (size < content.length) {
      growAgain(medium, content);
    }
  }

  /**
   * Whichever change fails, the operation says so and has undone all that it had begun, or it has
   * come to its end but for some space; and it can be tried again.
   */
  private void assertErrors(byte[] image, byte[] content, long size, Operation operation)
      throws IOException {
    RecordingStorage recording = new RecordingStorage("image", image);
    run(recording, operation);
    int step = Math.ceilDiv(recording.changes(), ERRORS);
    for (int n = 1; n <= recording.changes(); n++) {
      if (recording.isSync(n - 1)) {
        assertFailedSync(image, content, size, operation, n);
      } else if (n % step != 0) {
        continue;
      }
      MemoryStorage storage = MemoryStorage.of("image", image);
      FaultyStorage faulty = new FaultyStorage(storage).failingChange(n);
      if (fail(faulty, operation, "at change " + n) == Outcome.REFUSED) {
        images().assertDisk(storage, content, content.length);
        images().assertSound(storage);
        tryAgain(storage, content, size, operation);
        images().assertSound(storage);
      } else {
        survive(storage, content, size);
      }

      MemoryStorage broken = MemoryStorage.of("image", image);
      fail(new FaultyStorage(broken).failingFrom(n), operation, "from change " + n);
      images().assertOldOrNew(broken, content, size);
      images().assertNothingButLeaks(broken);
      tryAgain(broken, content, size, operation);
    }
    long room = recording.longest() - image.length;
    for (int eighth = 0; eighth < Math.min(8, room); eighth++) {
      long end = image.length + room * eighth / 8;
      MemoryStorage storage = MemoryStorage.of("image", image);
      FaultyStorage faulty = new FaultyStorage(storage).endingAt(end);
      assertEquals(Outcome.REFUSED, fail(faulty, operation, "at the end of its space " + end));
      assertEquals(image.length, storage.size(), "what was taken is given back");
      images().assertDisk(storage, content, content.length);
      images().assertSound(storage);
      tryAgain(storage, content, size, operation);
    }
  }

  /**
   * A sync that fails may have dropped any part of what it was to bring to the medium, though it is
   * read as if it were there.
   */
  private void assertFailedSync(byte[] image, byte[] content, long size, Operation operation, int n)
      throws IOException {
    RecordingStorage recording = new RecordingStorage("image", image);
    FaultyStorage faulty = new FaultyStorage(recording).failingChange(n);
    long told = fail(faulty, operation, "at sync " + n) == Outcome.REFUSED ? content.length : size;
    int end = n - 1;
    int first = recording.windowBefore(end);
    int step = Math.max(1, Math.ceilDiv(end - first, LOST));
    for (int lost = first - 1; lost < end; lost += step) {
      int only = lost;
      MemoryStorage medium =
          recording.after(i -> i < first || i >= end || only >= first && i != only);
      String where = "at sync " + n + (lost < first ? " all lost" : " change " + lost + " lost");
      try {
        images().assertNothingButLeaks(medium);
        if (isAsLongAsItsFile()) {
          images().assertOldOrNew(medium, content, told);
        } else {
          images().assertDisk(medium, content, told);
        }
      } catch (AssertionError | IOException e) {
        throw new AssertionError(where + ": " + e.getMessage(), e);
      }
    }
  }

  private Outcome fail(WritableStorage storage, Operation operation, String where)
      throws IOException {
    Optional<IOException> left;
    try (ImageEditor editor = edit(storage)) {
      left = operation.run(editor);
    } catch (IOException e) {
      return Outcome.REFUSED;
    }
    assertTrue(left.isPresent(), where);
    return Outcome.DONE_BUT_FOR_SPACE;
  }

  private void tryAgain(MemoryStorage storage, byte[] content, long size, Operation operation)
      throws IOException {
    long present = size(storage);
    run(storage, operation);
    images()
        .assertDisk(storage, Arrays.copyOf(content, (int) Math.min(present, content.length)), size);
    images().assertNothingButLeaks(storage);
  }

  private long size(Storage storage) throws IOException {
    try (DiskImage image = format().open(storage, OpenRequest.strict())) {
      return image.info().virtualSize();
    }
  }

  private void run(WritableStorage storage, Operation operation) throws IOException {
    try (ImageEditor editor = edit(storage)) {
      assertEquals(Optional.empty(), operation.run(editor));
    }
  }

  /** What a shrinking that broke off left behind the end of the disk never comes back. */
  private void growAgain(MemoryStorage medium, byte[] content) throws IOException {
    try (ImageEditor editor = edit(medium)) {
      long present = editor.info().virtualSize();
      editor.resize(new ResizeRequest(content.length));
      images().assertDisk(medium, Arrays.copyOf(content, (int) present), content.length);
    }
  }

  private long[] sizesOf() {
    return shrinks() ? sizes() : Arrays.stream(sizes()).filter(size -> size >= SIZE).toArray();
  }

  private ImageEditor edit(WritableStorage storage) throws IOException {
    return format().edit(storage, EditRequest.strict());
  }

  private EditedImages images() {
    return new EditedImages(format());
  }

  private static byte[] disk(long seed) {
    byte[] disk = new byte[SIZE];
    new Random(seed).nextBytes(disk);
    return disk;
  }
}
