package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What {@link ParallelsEditorTest} does not see: clusters of odd sizes, damage, extensions. */
class ParallelsEditTest {
  private static ImageEditor edit(MemoryStorage storage) throws IOException {
    return new ParallelsFormat().edit(storage, EditRequest.strict());
  }

  private static void assertSound(MemoryStorage storage) throws IOException {
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  /** Clusters in any order and with gaps between them, so that rooms and gaps must be found. */
  @Property(tries = 80)
  void imagesOfAnyClusterSizeAreResizedAndCompacted(
      @ForAll boolean extended,
      @ForAll boolean tellsDataOffset,
      @ForAll @IntRange(min = 1, max = 9) int tracks,
      @ForAll @IntRange(min = 1, max = 40) int entries,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    HandMade made = new HandMade(extended, tracks, entries);
    made.tellsDataOffset = extended || tellsDataOffset;
    made.sectors -= random.nextInt(tracks);
    byte[] model = new byte[entries * made.clusterSize()];
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < entries; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    for (int cluster : order.subList(0, random.nextInt(entries + 1))) {
      if (random.nextInt(3) == 0) {
        made.unused(HandMade.random(made.clusterSize(), seed));
      }
      byte[] content = random.nextInt(4) == 0 ? new byte[1] : HandMade.random(99, seed + cluster);
      made.cluster(cluster, content);
      System.arraycopy(content, 0, model, cluster * made.clusterSize(), content.length);
    }
    MemoryStorage storage = made.storage("made.hdd");
    model = Arrays.copyOf(model, (int) made.sectors * 512);
    for (int i = 0; i < 6; i++) {
      try (ImageEditor editor = edit(storage)) {
        if (random.nextInt(3) == 0) {
          editor.compact();
        } else {
          int sectors = 1 + random.nextInt(random.nextInt(4) == 0 ? 3000 : 60 * tracks);
          editor.resize(new ResizeRequest(sectors * 512L));
          model = Arrays.copyOf(model, sectors * 512);
        }
      }
      assertArrayEquals(model, HandMade.content(storage));
      CheckReport report = HandMade.open(storage).check().orElseThrow();
      assertEquals(0, report.corruptions(), report.toString());
    }
  }

  /** Entries outside of the file, shared and out of line; wrong "data_off" and "in_use". */
  @Property(tries = 200)
  void aRepairedImageHoldsWhatCouldBeRead(
      @ForAll boolean extended,
      @ForAll @IntRange(min = 1, max = 9) int tracks,
      @ForAll @IntRange(min = 1, max = 24) int entries,
      @ForAll long seed)
      throws IOException {
    Random random = new Random(seed);
    HandMade made = new HandMade(extended, tracks, entries);
    int held = random.nextInt(2 * entries + 1);
    for (int i = 0; i < held; i++) {
      made.unused(HandMade.random(made.clusterSize(), seed + i));
    }
    byte[] all = made.build();
    byte[] model = new byte[entries * made.clusterSize()];
    int batEnd = HandMade.BAT_AT + 4 * entries;
    for (int i = 0; i < entries; i++) {
      int entry = random.nextInt(made.entryOf(held) + 3);
      made.entry(i, entry);
      long host = (long) entry * (extended ? made.clusterSize() : 512);
      if (entry != 0 && host >= batEnd && host + made.clusterSize() <= all.length) {
        int at = i * made.clusterSize();
        System.arraycopy(all, (int) host, model, at, made.clusterSize());
      }
    }
    made.inUse = random.nextBoolean() ? 0x746F6E59 : 0x312e3276;
    byte[] file = made.build();
    if (random.nextInt(4) == 0) {
      ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).putInt(48, 1 << 29);
    }
    MemoryStorage storage = MemoryStorage.of("damaged.hdd", file);
    CheckReport before = HandMade.open(storage).check().orElseThrow();
    try (ImageEditor editor = edit(storage)) {
      RepairReport report = editor.repair(Repair.ALL);
      assertEquals(before.corruptions(), report.found().corruptions());
      assertEquals(before.corruptions(), report.corruptionsFixed());
    }
    assertSound(storage);
    assertArrayEquals(model, HandMade.content(storage));
  }

  @Test
  void onlyLeaksAreGivenBackWhereOnlyThatIsAskedFor() throws IOException {
    HandMade made = new HandMade(true, 8, 4).cluster(1, new byte[1]).unused(new byte[1]);
    made.inUse = 0x746F6E59;
    byte[] file = made.build();
    MemoryStorage storage = MemoryStorage.of("leak.hdd", file);
    try (ImageEditor editor = edit(storage)) {
      RepairReport report = editor.repair(Repair.LEAKS);
      assertEquals(1, report.leaksFixed());
      assertEquals(0, report.corruptionsFixed());
      assertEquals(
          List.of(
              "ERROR image was not closed correctly",
              "Repairing space leaked at the end of the image 4096"),
          report.found().messages());
      assertEquals(1, report.after().corruptions());
    }
    assertArrayEquals(Arrays.copyOf(file, file.length - 4096), storage.toByteArray());
  }

  @Test
  void aDamagedImageIsNotResizedNorCompacted() throws IOException {
    byte[] file = new HandMade(true, 8, 4).entry(1, 99).build();
    MemoryStorage storage = MemoryStorage.of("d.hdd", file);
    try (ImageEditor editor = edit(storage)) {
      assertThrows(CorruptImageException.class, () -> editor.resize(new ResizeRequest(512)));
      assertThrows(CorruptImageException.class, editor::compact);
    }
    assertArrayEquals(file, storage.toByteArray());
  }

  @Test
  void dirtyBitmapsStayTrue() throws Exception {
    HandMade made = ParallelsReadTest.withBitmap(64);
    byte[] file = made.build();
    MemoryStorage storage = MemoryStorage.of("b.hdd", file);
    try (ImageEditor editor = edit(storage)) {
      assertThrows(UnsupportedFeatureException.class, () -> editor.resize(new ResizeRequest(512)));
      assertThrows(UnsupportedFeatureException.class, editor::compact);
    }
    assertArrayEquals(file, storage.toByteArray());
    // A repair that changes what the guest sees drops them.
    storage = MemoryStorage.of("b.hdd", made.entry(3, 99).build());
    try (ImageEditor editor = edit(storage)) {
      assertEquals(1, editor.repair(Repair.ALL).corruptionsFixed());
    }
    assertEquals(null, HandMade.open(storage).info().more().get("format-extension"));
    assertSound(storage);
  }

  @Test
  void whoDoesNotKnowANecessaryFeatureChangesNothing() throws Exception {
    byte[] file = ParallelsReadTest.withBitmap(64).build();
    int feature = 2 * 64 * 512 + 24;
    ByteBuffer.wrap(file)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(feature, 7)
        .putLong(feature + 8, 1);
    MemoryStorage storage = MemoryStorage.of("n.hdd", file);
    try (ImageEditor editor = edit(storage)) {
      assertThrows(UnsupportedFeatureException.class, () -> editor.repair(Repair.ALL));
    }
    assertArrayEquals(file, storage.toByteArray());
  }

  @Test
  void zerosOfAnOverlayGoOnHidingWhatIsBelow() throws IOException {
    MemoryStorage storage =
        new HandMade(true, 8, 4).cluster(1, new byte[4096]).storage("overlay.hds");
    try (ImageEditor editor = edit(storage)) {
      editor.compact();
    }
    assertTrue(HandMade.open(storage).map().extentAt(4096, 8192) instanceof Extent.Data);
  }

  @Test
  void sizesThatCannotBeAreRefusedUntouched() throws IOException {
    byte[] file = new HandMade(false, 8, 4).build();
    MemoryStorage storage = MemoryStorage.of("r.hdd", file);
    try (ImageEditor editor = edit(storage)) {
      for (long size : new long[] {2L << 40, 1L << 45, Long.MAX_VALUE}) {
        assertThrows(IllegalOptionException.class, () -> editor.resize(new ResizeRequest(size)));
      }
      assertThrows(
          IllegalOptionException.class,
          () -> editor.resize(new ResizeRequest(1 << 20, Preallocation.FULL, Optional.empty())));
    }
    assertArrayEquals(file, storage.toByteArray());
  }
}
