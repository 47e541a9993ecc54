package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.ParentReference;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.Snapshot;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.Bitmaps;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ParentLink;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.FaultyStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import dev.platter.testdata.PowerCuts;
import dev.platter.testdata.RecordingStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What snapshots, bitmaps, the link to the parent and amendments leave wherever they break off: a
 * sound image that says what it said before or what it was to say, all of it the one or the other.
 */
class Qcow2OperationsTest {
  private static final int SIZE = 200_000 / 512 * 512;

  /** An operation of an editor. */
  @FunctionalInterface
  private interface Operation {
    void run(ImageEditor editor) throws IOException;
  }

  /** All that an image says: its disk, those of its snapshots, what it tells of itself. */
  private record Said(List<String> facts, List<byte[]> disks) {
    boolean isSame(Said other) {
      if (!facts.equals(other.facts) || disks.size() != other.disks.size()) {
        return false;
      }
      for (int i = 0; i < disks.size(); i++) {
        if (!Arrays.equals(disks.get(i), other.disks.get(i))) {
          return false;
        }
      }
      return true;
    }
  }

  private static byte[] image(String options) throws IOException {
    ModelDisk disk = ModelDisk.random(options.hashCode(), SIZE, 4096);
    MemoryTarget target = new MemoryTarget();
    FormatOptions parsed = FormatOptions.parse(List.of(options), new Qcow2Format().createOptions());
    try (ImageWriter writer =
        new Qcow2Format()
            .create(
                new CreateRequest(
                    disk.size(), parsed, options.contains("512"), Optional.empty(), target))) {
      PlainMover.move(disk, writer, false, false, 7);
    }
    MemoryStorage storage = (MemoryStorage) target.storage();
    run(storage, editor -> editor.snapshots().orElseThrow().create("first", Instant.EPOCH));
    write(storage, 1);
    run(storage, editor -> editor.snapshots().orElseThrow().create("second", Instant.EPOCH));
    write(storage, 2);
    if (!options.contains("0.10")) {
      for (String name : List.of("one", "other")) {
        run(
            storage,
            editor ->
                editor
                    .bitmaps()
                    .orElseThrow()
                    .add(name, Bitmaps.USUAL_GRANULARITY, Bitmaps.Recording.ENABLED));
      }
      write(storage, 3);
    }
    return storage.toByteArray();
  }

  private static void write(MemoryStorage storage, int seed) throws IOException {
    Random random = new Random(seed);
    byte[] bytes = new byte[5000];
    try (GuestDisk disk =
        new GuestDisk(new Qcow2Format().openLive(storage, EditRequest.strict()), List.of())) {
      for (int i = 0; i < 6; i++) {
        random.nextBytes(bytes);
        disk.write(random.nextInt(SIZE - 5000), MemorySegment.ofArray(bytes));
        disk.zero(random.nextInt(SIZE - 20_000), 20_000, GuestDisk.Space.GIVE_BACK);
      }
    }
  }

  private static void run(WritableStorage storage, Operation operation) throws IOException {
    try (ImageEditor editor = new Qcow2Format().edit(storage, EditRequest.strict())) {
      operation.run(editor);
    }
  }

  private static Said said(MemoryStorage storage) throws IOException {
    List<String> facts = new ArrayList<>();
    List<byte[]> disks = new ArrayList<>();
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      facts.add(image.info().toString());
      facts.add(image.parent().toString());
      for (var bitmap : image.dirtyBitmaps()) {
        for (long at = 0; at < SIZE; ) {
          var run = bitmap.runAt(at, SIZE);
          facts.add(bitmap.name() + run);
          at = run.end();
        }
      }
      byte[] disk = new byte[(int) image.map().size()];
      reader.read(image.map(), 0, MemorySegment.ofArray(disk));
      disks.add(disk);
      for (Snapshot snapshot : image.info().snapshots()) {
        byte[] then = new byte[(int) image.snapshotMap(snapshot).size()];
        reader.read(image.snapshotMap(snapshot), 0, MemorySegment.ofArray(then));
        disks.add(then);
      }
    }
    return new Said(facts, disks);
  }

  private static CheckReport check(MemoryStorage storage) throws IOException {
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict())) {
      return image.check().orElseThrow();
    }
  }

  private static void assertNothingButLeaks(MemoryStorage storage) throws IOException {
    CheckReport report = check(storage);
    assertEquals(0, report.corruptions() + report.checkErrors(), report.messages().toString());
  }

  private static Map<String, Operation> operations(String options) {
    Map<String, Operation> operations = new java.util.LinkedHashMap<>();
    operations.put(
        "create", editor -> editor.snapshots().orElseThrow().create("third", Instant.EPOCH));
    operations.put(
        "delete",
        editor -> editor.snapshots().orElseThrow().delete(editor.info().snapshots().getFirst()));
    if (options.contains("0.10")) {
      operations.put(
          "apply",
          editor -> editor.snapshots().orElseThrow().apply(editor.info().snapshots().get(1)));
      operations.put("upgrade", editor -> amend(editor, "compat=1.1,refcount_bits=64"));
    } else {
      operations.put(
          "add",
          editor -> editor.bitmaps().orElseThrow().add("third", 512, Bitmaps.Recording.DISABLED));
      operations.put("remove", editor -> editor.bitmaps().orElseThrow().remove("one"));
      operations.put("clear", editor -> editor.bitmaps().orElseThrow().clear("other"));
      operations.put(
          "set", editor -> editor.bitmaps().orElseThrow().set("other", Bitmaps.Recording.DISABLED));
      operations.put(
          "merge",
          editor ->
              editor
                  .bitmaps()
                  .orElseThrow()
                  .merge("other", editor.bitmaps().orElseThrow().present().getFirst()));
      operations.put("width", editor -> amend(editor, "refcount_bits=32,lazy_refcounts=on"));
      if (!options.contains("extended") && !options.contains("refcount_bits")) {
        operations.put("downgrade", editor -> amend(editor, "compat=0.10"));
      }
    }
    operations.put("empty", editor -> editor.parentLink().orElseThrow().empty());
    operations.put("link", editor -> link(editor, "some/other/name.qcow2"));
    operations.put("long link", editor -> link(editor, "x".repeat(300)));
    if (!options.contains("512")) {
      // A name that begins behind the header's first sector has to be there before that sector is.
      operations.put("longer link", editor -> link(editor, "x".repeat(900)));
    }
    return operations;
  }

  private static void amend(ImageEditor editor, String options) throws IOException {
    editor
        .amendment()
        .orElseThrow()
        .amend(
            FormatOptions.parse(List.of(options), new Qcow2Format().amendOptions()),
            Optional.empty());
  }

  private static void link(ImageEditor editor, String name) throws IOException {
    editor
        .parentLink()
        .orElseThrow()
        .set(
            Optional.of(
                new ParentLink.NewParent(
                    new ParentReference(name, Optional.of("qcow2")), Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=4k",
        "cluster_size=512,refcount_bits=16",
        "cluster_size=8k,compat=0.10",
        "cluster_size=16k,extended_l2=on,refcount_bits=8"
      })
  void whateverBreaksOffLeavesTheOldOrTheNew(String options) throws IOException {
    byte[] image = image(options);
    Said before = said(MemoryStorage.of("image", image));
    for (var operation : operations(options).entrySet()) {
      RecordingStorage recording = new RecordingStorage("image", image);
      run(recording, operation.getValue());
      assertTrue(recording.isSynced(), operation.getKey());
      Said after = said(recording.storage());
      assertEquals(0, check(recording.storage()).leaks(), operation.getKey());
      assertNothingButLeaks(recording.storage());
      PowerCuts.everywhere(
          recording,
          (medium, syncs) -> {
            assertNothingButLeaks(medium);
            Said now = said(medium);
            assertTrue(now.isSame(before) || now.isSame(after), operation.getKey());
            run(medium, editor -> editor.repair(Repair.LEAKS));
            assertEquals(0, check(medium).leaks(), operation.getKey());
            assertTrue(said(medium).isSame(now), operation.getKey());
          });
      int step = Math.ceilDiv(recording.changes(), 40);
      for (int n = 1; n <= recording.changes(); n += step) {
        MemoryStorage storage = MemoryStorage.of("image", image);
        int failing = n;
        try {
          run(new FaultyStorage(storage).failingFrom(failing), operation.getValue());
        } catch (IOException e) {
          assertNothingButLeaks(storage);
        }
        Said now = said(storage);
        assertTrue(now.isSame(before) || now.isSame(after), operation.getKey() + n);
      }
    }
  }

  /** The image with an extension that nobody knows, so that those behind leave the first sector. */
  private static byte[] withUnknownExtension(byte[] image) {
    ByteBuffer header = ByteBuffer.wrap(image.clone());
    int start = header.getInt(100);
    int length = 408;
    byte[] others = Arrays.copyOfRange(image, start, 1024 - length);
    header.putInt(start, 0x12345678).putInt(start + 4, length - 8);
    header.position(start + length);
    header.put(others);
    return header.array();
  }

  /** What the first bytes of a disk are, and what its bitmaps mark there. */
  private static Said start(MemoryStorage storage) throws IOException {
    List<String> marks = new ArrayList<>();
    byte[] disk = new byte[SIZE];
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      reader.read(image.map(), 0, MemorySegment.ofArray(disk));
      for (var bitmap : image.dirtyBitmaps()) {
        for (long at = 0; at < SIZE; ) {
          var run = bitmap.runAt(at, SIZE);
          marks.add(bitmap.name() + run);
          at = run.end();
        }
      }
    }
    return new Said(marks, List.of(disk));
  }

  @Test
  void aResizeKeepsBitmapsThatAreNamedBehindTheFirstSectorOrLeavesThemOut() throws IOException {
    MemoryStorage made = MemoryStorage.of("image", image("cluster_size=1k"));
    run(made, editor -> editor.bitmaps().orElseThrow().add("fine", 512, Bitmaps.Recording.ENABLED));
    write(made, 4);
    byte[] image = withUnknownExtension(made.toByteArray());
    long large = 9 << 19; // the bits of the fine bitmap take a second cluster
    Said before = start(MemoryStorage.of("image", image));
    assertTrue(before.facts().toString().contains("fine"));
    for (long size : new long[] {large, SIZE}) {
      RecordingStorage recording = new RecordingStorage("image", image);
      run(
          recording,
          editor -> editor.resize(new ResizeRequest(size, Preallocation.OFF, Optional.empty())));
      assertTrue(start(recording.storage()).isSame(before));
      PowerCuts.everywhere(
          recording,
          (medium, syncs) -> {
            assertNothingButLeaks(medium);
            Said now = start(medium);
            Said without = new Said(List.of(), before.disks());
            assertTrue(now.isSame(before) || now.isSame(without), now.facts().toString());
          });
      image = recording.storage().toByteArray();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"cluster_size=1k", "cluster_size=512", "cluster_size=64k"})
  void whatDoesNotFitIsRefusedAndChangesNothing(String options) throws IOException {
    byte[] image = image(options);
    MemoryStorage storage = MemoryStorage.of("image", image);
    assertThrows(IOException.class, () -> run(storage, editor -> link(editor, "x".repeat(1100))));
    assertThrows(IOException.class, () -> run(storage, editor -> amend(editor, "refcount_bits=1")));
    assertArrayEquals(image, storage.toByteArray());
  }
}
