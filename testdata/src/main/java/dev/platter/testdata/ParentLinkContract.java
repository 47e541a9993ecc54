package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.ParentReference;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.LiveImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every link to the image below keeps to: it is the old one or the new one wherever the power
 * fails or a change does, and so is the disk. A format module extends this and says which images
 * there are, all of them able to lie over another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class ParentLinkContract {
  /** How many changes of an operation fail in turn, at most. */
  private static final int ERRORS = 30;

  /** Runs of one kind in the disks. */
  private static final int UNIT = 4096;

  /** The format under test. */
  protected abstract ImageFormat format();

  /** Options for images over others. */
  protected abstract Stream<String> kinds();

  /** The size of all disks, bytes. */
  protected int size() {
    return 200 * 1024;
  }

  /** The parents' names, one that fits where the first was, and longer ones. */
  protected List<String> names() {
    return List.of("other", "../a/few/directories/up/" + "n".repeat(150), "o");
  }

  /** What else an image says of itself, which a change of its parent leaves alone. */
  protected Object others(DiskImage image) throws IOException {
    return image.info().virtualSize();
  }

  /** Puts other bytes than zeros where blocks have room for what is the parent's. */
  protected void fillGaps(MemoryStorage image) throws IOException {}

  /** Whether it takes opening the disk to write to it to put right what a crash has left. */
  protected boolean mendsWhenOpenedLive() {
    return false;
  }

  /** An image and what it holds. */
  private record Image(byte[] file, byte[] disk) {
    DiskImage open(ImageFormat format) throws IOException {
      return format.open(MemoryStorage.of("parent", file), OpenRequest.strict());
    }
  }

  private Image parent(int seed) throws IOException {
    MemoryTarget target = new MemoryTarget(new MemoryStorage("parent"));
    ModelDisk disk = ModelDisk.random(seed, size(), UNIT);
    write("", disk, target, Optional.empty(), "parent" + seed);
    byte[] file = ((MemoryStorage) target.storage()).toByteArray();
    return new Image(file, bytes(List.of(disk)));
  }

  private byte[] overlay(String options, Image parent) throws IOException {
    MemoryTarget target = new MemoryTarget(new MemoryStorage("image"));
    try (DiskImage below = parent.open(format())) {
      write(options, new Nothing(size()), target, Optional.of(below), "overlay");
      // Block by block the writer would store whole ones.
      LiveImage live = format().openLive(target.storage(), EditRequest.strict());
      try (GuestDisk disk = new GuestDisk(live, List.of(below.map()))) {
        put(ModelDisk.random(7, size(), UNIT), disk);
      }
    }
    fillGaps((MemoryStorage) target.storage());
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  private static void put(BlockMap content, GuestDisk disk) throws IOException {
    try (GuestReader reader = new GuestReader()) {
      for (long at = 0; at < content.size(); ) {
        Extent extent = content.extentAt(at, content.size());
        if (extent.readsZero() && !(extent instanceof Extent.Absent)) {
          disk.zero(at, extent.length(), GuestDisk.Space.GIVE_BACK);
        } else if (!(extent instanceof Extent.Absent)) {
          byte[] bytes = new byte[(int) extent.length()];
          reader.read(content, at, MemorySegment.ofArray(bytes));
          disk.write(at, MemorySegment.ofArray(bytes));
        }
        at = extent.end();
      }
    }
  }

  /** A disk of which nothing is stored. */
  private record Nothing(long size) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Absent(offset, limit - offset);
    }
  }

  private void write(
      String options, BlockMap disk, MemoryTarget target, Optional<DiskImage> parent, String seed)
      throws IOException {
    List<String> texts = options.isEmpty() ? List.of() : List.of(options);
    CreateRequest request =
        new CreateRequest(
            disk.size(),
            FormatOptions.parse(texts, format().createOptions()),
            false,
            parent.map(_ -> new ParentReference("parent", Optional.of(format().name()))),
            target,
            Identity.seeded(seed, Instant.EPOCH),
            parent);
    try (ImageWriter writer = format().create(request)) {
      PlainMover.move(disk, writer, parent.isPresent(), false, 1);
    }
  }

  private static byte[] bytes(List<? extends BlockMap> layers) throws IOException {
    BlockMap disk = new LayeredMap(List.copyOf(layers));
    byte[] bytes = new byte[(int) disk.size()];
    try (GuestReader reader = new GuestReader()) {
      reader.read(disk, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  /** The disk that an image shows over one below it. */
  private byte[] over(MemoryStorage image, Image parent) throws IOException {
    try (DiskImage top = format().open(image, OpenRequest.strict());
        DiskImage below = parent.open(format())) {
      return bytes(List.of(top.map(), below.map()));
    }
  }

  private Optional<ParentReference> named(MemoryStorage image) throws IOException {
    try (DiskImage top = format().open(image, OpenRequest.strict())) {
      return top.parent();
    }
  }

  private boolean isOver(MemoryStorage image, Image parent) throws IOException {
    try (DiskImage top = format().open(image, OpenRequest.strict());
        DiskImage below = parent.open(format())) {
      if (top.parent().isEmpty()) {
        return false;
      }
      top.checkParent(below);
      return true;
    } catch (CorruptImageException e) {
      return false;
    }
  }

  private Object others(MemoryStorage image) throws IOException {
    try (DiskImage open = format().open(image, OpenRequest.strict())) {
      return others(open);
    }
  }

  private void assertSound(MemoryStorage image) throws IOException {
    try (DiskImage open = format().open(image, OpenRequest.strict())) {
      CheckReport report = open.check().orElseThrow();
      assertEquals(0, report.corruptions() + report.checkErrors(), report::toString);
    }
  }

  private void mend(MemoryStorage image) throws IOException {
    if (mendsWhenOpenedLive()) {
      format().openLive(image, EditRequest.strict()).close();
    }
  }

  /** An operation on the link. */
  @FunctionalInterface
  private interface Operation {
    void run(ParentLink link) throws IOException;
  }

  private void run(WritableStorage storage, Operation operation) throws IOException {
    try (ImageEditor editor = format().edit(storage, EditRequest.strict())) {
      operation.run(editor.parentLink().orElseThrow());
    }
  }

  private Operation linking(String name, Image parent) {
    return link -> {
      try (DiskImage below = parent.open(format())) {
        ParentReference reference = new ParentReference(name, Optional.of(format().name()));
        Optional<ParentLink.NewParent> given =
            Optional.of(new ParentLink.NewParent(reference, Optional.of(below)));
        link.check(given);
        link.set(given);
      }
    };
  }

  private static Operation unlinking() {
    return link -> {
      link.check(Optional.empty());
      link.set(Optional.empty());
    };
  }

  /** What must hold of an image that was left half-way. */
  @FunctionalInterface
  private interface Survivor {
    void look(MemoryStorage image) throws IOException;
  }

  /** Breaks an operation off everywhere. */
  private void breakOff(byte[] image, Operation operation, Survivor survivor) throws IOException {
    RecordingStorage recording = new RecordingStorage("image", image);
    Object others = others(recording.storage());
    run(recording, operation);
    assertTrue(recording.isSynced(), "ends with a sync");
    assertEquals(others, others(recording.storage()));
    PowerCuts.everywhere(
        recording,
        (medium, syncs) -> {
          mend(medium);
          assertSound(medium);
          assertEquals(others, others(medium));
          survivor.look(medium);
        });
    int step = Math.ceilDiv(recording.changes(), ERRORS);
    for (int n = 1; n <= recording.changes(); n += step) {
      for (boolean stays : new boolean[] {false, true}) {
        MemoryStorage storage = MemoryStorage.of("image", image);
        FaultyStorage faulty = new FaultyStorage(storage);
        try {
          run(stays ? faulty.failingFrom(n) : faulty.failingChange(n), operation);
        } catch (IOException e) {
          mend(storage);
          assertSound(storage);
        }
        survivor.look(storage);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anotherParentCountsAtOnce(String options) throws IOException {
    Image first = parent(1);
    Image second = parent(2);
    byte[] image = overlay(options, first);
    Image before = first;
    Image after = second;
    for (String name : names()) {
      byte[] now = image;
      Image from = before;
      Image to = after;
      byte[] oldDisk = over(MemoryStorage.of("image", now), from);
      byte[] newDisk = over(MemoryStorage.of("image", now), to);
      Operation operation = linking(name, to);
      MemoryStorage done = MemoryStorage.of("image", now);
      run(done, operation);
      assertTrue(isOver(done, to), name);
      ParentReference told = named(done).orElseThrow();
      assertTrue(told.isGuess() || told.name().equals(name), told.name());
      assertArrayEquals(newDisk, over(done, to));
      assertSound(done);
      breakOff(
          now,
          operation,
          medium -> {
            boolean isNew = isOver(medium, to);
            assertTrue(isNew || isOver(medium, from), "it is over neither");
            assertArrayEquals(isNew ? newDisk : oldDisk, over(medium, isNew ? to : from));
            run(medium, operation);
            assertTrue(isOver(medium, to));
          });
      image = done.toByteArray();
      before = to;
      after = from;
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noParentAnyMoreCountsAtOnce(String options) throws IOException {
    Image parent = parent(1);
    byte[] image = overlay(options, parent);
    byte[] oldDisk = over(MemoryStorage.of("image", image), parent);
    byte[] newDisk = own(MemoryStorage.of("image", image));
    MemoryStorage done = MemoryStorage.of("image", image);
    run(done, unlinking());
    assertTrue(named(done).isEmpty());
    assertArrayEquals(newDisk, own(done));
    assertSound(done);
    breakOff(
        image,
        unlinking(),
        medium -> {
          boolean isNew = named(medium).isEmpty();
          assertArrayEquals(isNew ? newDisk : oldDisk, isNew ? own(medium) : over(medium, parent));
          run(medium, unlinking());
          assertArrayEquals(newDisk, own(medium));
        });
  }

  private byte[] own(MemoryStorage image) throws IOException {
    try (DiskImage top = format().open(image, OpenRequest.strict())) {
      return bytes(List.of(top.map()));
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anEmptiedImageShowsItsParent(String options) throws IOException {
    Image parent = parent(1);
    byte[] image = overlay(options, parent);
    // A parent of the same identity that holds all of the disk.
    byte[] disk = over(MemoryStorage.of("image", image), parent);
    MemoryStorage file = MemoryStorage.of("parent", parent.file());
    EditRequest staying = EditRequest.strict().with(EditRequest.Content.STAYS);
    try (GuestDisk live = new GuestDisk(format().openLive(file, staying), List.of())) {
      live.write(0, MemorySegment.ofArray(disk));
    }
    Image full = new Image(file.toByteArray(), disk);
    assertTrue(isOver(MemoryStorage.of("image", image), full), "its identity stays");
    MemoryStorage done = MemoryStorage.of("image", image);
    Operation emptying =
        link -> {
          link.checkEmpty();
          link.empty();
        };
    run(done, emptying);
    assertSound(done);
    assertTrue(isOver(done, full));
    assertArrayEquals(disk, over(done, full));
    assertTrue(done.size() < image.length, "space is given back");
    try (DiskImage top = format().open(done, OpenRequest.strict())) {
      for (long at = 0; at < disk.length; ) {
        Extent extent = top.map().extentAt(at, disk.length);
        assertTrue(extent instanceof Extent.Absent, extent::toString);
        at = extent.end();
      }
    }
    breakOff(
        image,
        emptying,
        medium -> {
          assertTrue(isOver(medium, full));
          assertArrayEquals(disk, over(medium, full));
          run(medium, emptying);
          assertArrayEquals(disk, over(medium, full));
        });
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void anUnknownParentIsRefusedAndChangesNothing(String options) throws IOException {
    byte[] image = overlay(options, parent(1));
    MemoryStorage storage = MemoryStorage.of("image", image);
    ParentLink.NewParent unread =
        new ParentLink.NewParent(
            new ParentReference("other", Optional.of(format().name())), Optional.empty());
    assertThrows(IOException.class, () -> run(storage, link -> link.check(Optional.of(unread))));
    assertThrows(IOException.class, () -> run(storage, link -> link.set(Optional.of(unread))));
    assertArrayEquals(image, storage.toByteArray());
  }
}
