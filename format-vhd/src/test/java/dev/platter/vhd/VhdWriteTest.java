package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.OldBytes;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.LongSupplier;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VhdWriteTest {
  private static final VhdFormat FORMAT = new VhdFormat();
  private static final Identity IDENTITY =
      Identity.seeded("test", Instant.parse("2026-11-21T00:00:00Z"));

  static CreateRequest request(long size, String options, WritableStorage storage)
      throws IOException {
    return new CreateRequest(
        size,
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.empty(),
        new MemoryTarget(storage),
        IDENTITY);
  }

  static CreateRequest over(
      DiskImage parent, String name, Identity identity, String options, WritableStorage storage)
      throws IOException {
    return new CreateRequest(
        parent.map().size(),
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.of(new ParentReference(name, Optional.of("vpc"))),
        new MemoryTarget(storage),
        identity,
        Optional.of(parent));
  }

  /** Puts pieces into an image, in chunks of a random number of blocks. */
  static void write(CreateRequest request, List<Piece> pieces, Random random) throws IOException {
    try (ImageWriter writer = FORMAT.create(request)) {
      carry(writer, request.size(), pieces, () -> (long) writer.blockSize() * random.nextInt(1, 9));
    }
  }

  static void carry(ImageWriter writer, long size, List<Piece> pieces, LongSupplier chunks)
      throws IOException {
    for (long at = 0; at < size; ) {
      long end = Math.min(size, at + chunks.getAsLong());
      List<Piece> cut = new ArrayList<>();
      for (Piece piece : pieces) {
        long from = Math.max(at, piece.offset());
        long to = Math.min(end, piece.end());
        if (from < to) {
          cut.add(piece.slice(from, to - from));
        }
      }
      for (Placement placement : writer.reserve(new Chunk(at, end - at, cut))) {
        PlainMover.carryOut(placement);
      }
      at = end;
    }
    writer.finish();
  }

  /** Random runs of sectors, whose effect is applied to the model. */
  static List<Piece> randomPieces(byte[] model, int maxSectors, Random random) {
    List<Piece> pieces = new ArrayList<>();
    for (int at = 0; at < model.length; ) {
      int length = (int) Math.min(model.length - at, 512L * random.nextInt(1, maxSectors + 1));
      switch (random.nextInt(4)) {
        case 0 -> pieces.add(new Piece.Absent(at, length));
        case 1 -> {
          pieces.add(new Piece.Zero(at, length));
          Arrays.fill(model, at, at + length, (byte) 0);
        }
        default -> {
          byte[] bytes = VhdReadTest.random(length, random.nextLong());
          System.arraycopy(bytes, 0, model, at, length);
          pieces.add(
              random.nextBoolean()
                  ? new Piece.Bytes(at, MemorySegment.ofArray(bytes))
                  : new Piece.Stored(at, length, MemoryStorage.of("source", bytes), 0));
        }
      }
      at += length;
    }
    return pieces;
  }

  /** A storage full of old bytes, or an empty one. */
  static WritableStorage storage(boolean dirty) throws IOException {
    return dirty ? new OldBytes(16 << 20) : new MemoryStorage("new.vhd");
  }

  @Property(tries = 40)
  void chainOfThreeReadsAsItsModel(
      @ForAll @IntRange(min = 12, max = 16) int blockBits,
      @ForAll boolean fixedBase,
      @ForAll boolean dirty,
      @ForAll Random random)
      throws IOException {
    byte[] model = new byte[random.nextInt(1, 900) * 512];
    List<BlockMap> maps = new ArrayList<>();
    DiskImage below = null;
    for (int layer = 0; layer < 3; layer++) {
      WritableStorage storage = storage(dirty);
      List<Piece> pieces = randomPieces(model, random.nextBoolean() ? 4 : 200, random);
      String blocks = "block_size=" + (1 << blockBits);
      CreateRequest request =
          layer > 0
              ? over(
                  below, "layer.vhd", Identity.seeded("" + layer, Instant.EPOCH), blocks, storage)
              : request(
                  model.length,
                  "force_size=on," + (fixedBase ? "subformat=fixed" : blocks),
                  storage);
      write(request, pieces, random);
      DiskImage image = VhdReadTest.open(storage);
      if (below != null) {
        image.checkParent(below);
      }
      maps.addFirst(image.map());
      below = image;
    }
    assertArrayEquals(model, VhdReadTest.content(new LayeredMap(maps)));
  }

  @Property(tries = 12)
  void howTheDiskIsCutIntoChunksDoesNotShow(
      @ForAll boolean dirty, @ForAll boolean differencing, @ForAll Random random)
      throws IOException {
    byte[] model = new byte[random.nextInt(1, 20000) * 512];
    List<Piece> pieces = randomPieces(model, random.nextBoolean() ? 400 : 6000, random);
    DiskImage below = null;
    if (differencing) {
      MemoryStorage base = new MemoryStorage("base.vhd");
      String options = "force_size=on";
      write(
          request(model.length, options, base),
          List.of(new Piece.Zero(0, model.length)),
          new Random(1));
      below = VhdReadTest.open(base);
    }
    List<byte[]> results = new ArrayList<>();
    for (int chunk : new int[] {1 << 20, 3 << 20, model.length}) {
      WritableStorage storage = storage(dirty);
      String options = "block_size=4M";
      CreateRequest request =
          differencing
              ? over(below, "base.vhd", IDENTITY, options, storage)
              : request(model.length, options, storage);
      try (ImageWriter writer = FORMAT.create(request)) {
        assertEquals(1 << 20, writer.blockSize());
        carry(writer, model.length, pieces, () -> chunk);
      }
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) storage.size()]);
      storage.readFully(0, bytes);
      results.add((byte[]) bytes.heapBase().orElseThrow());
    }
    assertArrayEquals(results.get(2), results.get(0));
    assertArrayEquals(results.get(2), results.get(1));
    if (!differencing) {
      MemoryStorage whole = MemoryStorage.of("whole.vhd", results.get(0));
      byte[] content = VhdReadTest.content(VhdReadTest.open(whole).map());
      assertArrayEquals(model, Arrays.copyOf(content, model.length));
      assertArrayEquals(
          new byte[content.length - model.length],
          Arrays.copyOfRange(content, model.length, content.length));
    }
  }

  @Test
  void whatIsAbsentOverAParentStaysAbsentAndZerosHideIt() throws IOException {
    MemoryStorage base = new MemoryStorage("base.vhd");
    write(
        request(1 << 20, "force_size=on", base),
        List.of(new Piece.Zero(0, 1 << 20)),
        new Random(1));
    MemoryStorage child = new MemoryStorage("child.vhd");
    write(
        over(VhdReadTest.open(base), "base.vhd", IDENTITY, "block_size=64k", child),
        List.of(
            new Piece.Absent(0, 512), new Piece.Zero(512, 512), new Piece.Absent(1024, 1047552)),
        new Random(1));
    BlockMap map = VhdReadTest.open(child).map();
    assertEquals(new Extent.Absent(0, 512), map.extentAt(0, 1 << 20));
    assertEquals(512, map.extentAt(512, 1 << 20).length());
    assertTrue(map.extentAt(512, 1 << 20) instanceof Extent.Data);
    assertEquals(new Extent.Absent(1024, 64512), map.extentAt(1024, 1 << 20));
    assertEquals(new Extent.Absent(1 << 16, 15 << 16), map.extentAt(1 << 16, 1 << 20));
  }

  @Test
  void aDifferencingDiskNamesItsParentAndRecordsWhichItIs() throws IOException {
    MemoryStorage base = new MemoryStorage("base.vhd");
    write(
        request(1 << 20, "force_size=on", base),
        List.of(new Piece.Zero(0, 1 << 20)),
        new Random(1));
    DiskImage parent = VhdReadTest.open(base);
    for (String name : List.of("base.vhd", "sub/base.vhd", "/disks/base.vhd", "bäse.vhd")) {
      MemoryStorage child = new MemoryStorage("child.vhd");
      CreateRequest request =
          over(parent, name, Identity.seeded("child", Instant.EPOCH), "", child);
      write(request, List.of(new Piece.Absent(0, 1 << 20)), new Random(1));
      DiskImage image = VhdReadTest.open(child);
      assertEquals(name, image.parent().orElseThrow().name());
      image.checkParent(parent);
      assertEquals(parent.info().more().get("unique-id"), image.info().more().get("parent-id"));
    }
  }

  @Test
  void aDifferencingDiskNeedsAnOpenVhdOfItsOwnSize() throws IOException {
    MemoryStorage base = new MemoryStorage("base.vhd");
    write(
        request(1 << 20, "force_size=on", base),
        List.of(new Piece.Zero(0, 1 << 20)),
        new Random(1));
    Optional<ParentReference> name = Optional.of(new ParentReference("base.vhd", Optional.empty()));
    MemoryTarget target = new MemoryTarget();
    FormatOptions none = FormatOptions.none();
    assertThrows(
        IllegalOptionException.class,
        () -> FORMAT.create(new CreateRequest(1 << 20, none, false, name, target)));
    Optional<DiskImage> parent = Optional.of(VhdReadTest.open(base));
    assertThrows(
        IllegalOptionException.class,
        () ->
            FORMAT.create(new CreateRequest(1 << 21, none, false, name, target, IDENTITY, parent)));
    assertEquals(0, target.storage().size());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1, 34816",
    "5242880, 5257216",
    "136365211648, 136365219840",
    "136899993600, 136899993600",
    "137438953472, 137438953472"
  })
  void sizeIsRoundedUpToTheNextGeometryUnlessForced(long size, long rounded) throws IOException {
    for (String subformat : List.of("dynamic", "fixed")) {
      MemoryStorage storage = new MemoryStorage("a.vhd");
      try (ImageWriter writer = FORMAT.create(request(size, "subformat=" + subformat, storage))) {
        carryInOneChunk(writer, size);
      }
      assertEquals(rounded, VhdReadTest.open(storage).map().size());
    }
  }

  @Test
  void azureProfileIsAFixedDiskOfWholeMebibytesBehindWhichOnlyTheFooterStands() throws IOException {
    MemoryStorage storage = new MemoryStorage("a.vhd");
    write(
        request((5 << 20) + 1024, "profile=azure", storage),
        List.of(new Piece.Zero(0, (5 << 20) + 1024)),
        new Random(1));
    assertEquals((6 << 20) + 512, storage.size());
    DiskImage image = VhdReadTest.open(storage);
    assertEquals(6 << 20, image.map().size());
    assertEquals("fixed", image.info().more().get("type"));
    assertEquals(6L << 20, image.info().more().get("current-size"));
  }

  @Test
  void optionsThatContradictEachOtherAreRefused() {
    for (String options :
        List.of(
            "subformat=diff",
            "block_size=5000",
            "block_size=2k",
            "block_size=512M",
            "subformat=fixed,block_size=2M",
            "profile=aws",
            "profile=azure,subformat=dynamic",
            "profile=azure,force_size=off")) {
      assertThrows(
          IllegalOptionException.class,
          () -> FORMAT.create(request(1 << 20, options, new MemoryStorage("a"))),
          options);
    }
    assertThrows(
        IllegalOptionException.class,
        () -> FORMAT.create(request((2040L << 30) + 1, "", new MemoryStorage("a"))));
  }

  @Test
  void aLargeEmptyDiskCostsItsTableAndIsWalkedInOneStep() throws IOException {
    long size = 2040L << 30;
    MemoryStorage storage = new MemoryStorage("a.vhd");
    try (ImageWriter writer = FORMAT.create(request(size, "", storage))) {
      carryInOneChunk(writer, size);
    }
    assertTrue(storage.size() < 5 << 20, "" + storage.size());
    assertEquals(new Extent.Zero(0, size), VhdReadTest.open(storage).map().extentAt(0, size));
  }

  private static void carryInOneChunk(ImageWriter writer, long size) throws IOException {
    List<Piece> pieces = size == 0 ? List.of() : List.of(new Piece.Zero(0, size));
    for (Placement placement : writer.reserve(new Chunk(0, size, pieces))) {
      Placement.Write write = (Placement.Write) placement;
      write.storage().write(write.hostOffset(), write.bytes());
    }
    writer.finish();
  }

  @Test
  void onlyFixedDisksCanBeWrittenFromFrontToBack() throws IOException {
    for (String options : List.of("subformat=fixed", "profile=azure")) {
      assertTrue(FORMAT.writesInOrder(request(512, options, null).options()), options);
    }
    for (String options : List.of("", "subformat=dynamic", "subformat=none")) {
      assertFalse(FORMAT.writesInOrder(request(512, options, null).options()), options);
    }
  }
}
