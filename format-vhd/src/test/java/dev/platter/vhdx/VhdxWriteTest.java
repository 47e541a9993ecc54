package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VhdxWriteTest {
  private static final VhdxFormat FORMAT = new VhdxFormat();
  private static final int MIB = 1 << 20;

  static CreateRequest request(long size, String options, WritableStorage storage)
      throws IOException {
    return new CreateRequest(
        size,
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.empty(),
        new MemoryTarget(storage),
        Identity.seeded("test", Instant.EPOCH));
  }

  static CreateRequest over(
      DiskImage parent, String name, String seed, String options, WritableStorage storage)
      throws IOException {
    return new CreateRequest(
        parent.map().size(),
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.of(new ParentReference(name, Optional.of("vhdx"))),
        new MemoryTarget(storage),
        Identity.seeded(seed, Instant.EPOCH),
        Optional.of(parent));
  }

  /** Puts pieces into an image, in chunks of a random number of blocks. */
  static void write(CreateRequest request, List<Piece> pieces, Random random) throws IOException {
    try (ImageWriter writer = FORMAT.create(request)) {
      carry(writer, request.size(), pieces, () -> (long) writer.blockSize() * random.nextInt(1, 4));
    }
  }

  private static void carry(ImageWriter writer, long size, List<Piece> pieces, LongSupplier chunks)
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
      carryOut(writer.reserve(new Chunk(at, end - at, cut)));
      at = end;
    }
    writer.finish();
  }

  private static void carryOut(List<Placement> placements) throws IOException {
    for (Placement placement : placements) {
      PlainMover.carryOut(placement);
    }
  }

  /** Random runs of sectors, whose effect is applied to the model. */
  static List<Piece> randomPieces(byte[] model, int sectorSize, int maxLength, Random random) {
    List<Piece> pieces = new ArrayList<>();
    for (int at = 0; at < model.length; ) {
      int sectors = random.nextInt(1, maxLength / sectorSize + 1);
      int length = Math.min(model.length - at, sectorSize * sectors);
      switch (random.nextInt(4)) {
        case 0 -> pieces.add(new Piece.Absent(at, length));
        case 1 -> {
          pieces.add(new Piece.Zero(at, length));
          Arrays.fill(model, at, at + length, (byte) 0);
        }
        default -> {
          byte[] bytes = VhdxReadTest.random(length, random.nextLong());
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

  @Property(tries = 20)
  void chainOfThreeReadsAsItsModel(
      @ForAll boolean fixedBase, @ForAll boolean dirty, @ForAll Random random) throws IOException {
    int sectorSize = random.nextBoolean() ? 512 : 4096;
    byte[] model = new byte[random.nextInt(1, 5 * MIB / sectorSize) * sectorSize];
    List<BlockMap> maps = new ArrayList<>();
    DiskImage below = null;
    for (int layer = 0; layer < 3; layer++) {
      WritableStorage storage = dirty ? new OldBytes(24 << 20) : new MemoryStorage("new.vhdx");
      List<Piece> pieces =
          randomPieces(model, sectorSize, random.nextBoolean() ? 65536 : 3 * MIB, random);
      String blocks = random.nextBoolean() ? "block_size=1M" : "block_size=2M";
      CreateRequest request =
          layer > 0
              ? over(below, "layer.vhdx", "" + layer, blocks, storage)
              : request(
                  model.length,
                  blocks
                      + ",logical_sector_size="
                      + sectorSize
                      + (fixedBase ? ",subformat=fixed" : ""),
                  storage);
      write(request, pieces, random);
      DiskImage image = VhdxReadTest.open(storage);
      if (below != null) {
        image.checkParent(below);
        assertEquals("layer.vhdx", image.parent().orElseThrow().name());
      }
      maps.addFirst(image.map());
      below = image;
    }
    assertArrayEquals(model, VhdxReadTest.content(new LayeredMap(maps)));
  }

  @Property(tries = 12)
  void howTheDiskIsCutIntoChunksDoesNotShow(
      @ForAll boolean dirty, @ForAll boolean differencing, @ForAll Random random)
      throws IOException {
    byte[] model = new byte[random.nextInt(1, 24000) * 512];
    List<Piece> pieces = randomPieces(model, 512, random.nextBoolean() ? 65536 : 6 * MIB, random);
    DiskImage below = null;
    if (differencing) {
      MemoryStorage base = new MemoryStorage("base.vhdx");
      write(
          request(model.length, "", base), List.of(new Piece.Zero(0, model.length)), new Random(1));
      below = VhdxReadTest.open(base);
    }
    String options =
        "block_size=4M" + (!differencing && random.nextBoolean() ? ",subformat=fixed" : "");
    List<byte[]> results = new ArrayList<>();
    for (int chunk : new int[] {MIB, 3 * MIB, model.length}) {
      WritableStorage storage = dirty ? new OldBytes(24 << 20) : new MemoryStorage("new.vhdx");
      CreateRequest request =
          differencing
              ? over(below, "base.vhdx", "child", options, storage)
              : request(model.length, options, storage);
      try (ImageWriter writer = FORMAT.create(request)) {
        assertEquals(MIB, writer.blockSize());
        carry(writer, model.length, pieces, () -> chunk);
      }
      MemorySegment bytes = MemorySegment.ofArray(new byte[(int) storage.size()]);
      storage.readFully(0, bytes);
      results.add((byte[]) bytes.heapBase().orElseThrow());
    }
    assertArrayEquals(results.get(2), results.get(0));
    assertArrayEquals(results.get(2), results.get(1));
    List<BlockMap> maps = new ArrayList<>();
    maps.add(VhdxReadTest.open(MemoryStorage.of("top.vhdx", results.get(0))).map());
    if (differencing) {
      maps.add(below.map());
    }
    assertArrayEquals(model, VhdxReadTest.content(new LayeredMap(maps)));
  }

  @Test
  void zeroAndAbsentStayApartAndPartsOfBlocksTo() throws IOException {
    MemoryStorage base = new MemoryStorage("base.vhdx");
    write(request(8 * MIB, "", base), List.of(new Piece.Zero(0, 8 * MIB)), new Random(1));
    MemoryStorage child = new MemoryStorage("child.vhdx");
    write(
        over(VhdxReadTest.open(base), "base.vhdx", "child", "block_size=1M", child),
        List.of(
            new Piece.Zero(0, 2 * MIB),
            new Piece.Absent(2 * MIB, MIB + 512),
            new Piece.Zero(3 * MIB + 512, 512),
            new Piece.Absent(3 * MIB + 1024, 5 * MIB - 1024)),
        new Random(1));
    BlockMap map = VhdxReadTest.open(child).map();
    assertEquals(new Extent.Zero(0, 2 * MIB), map.extentAt(0, 8 * MIB));
    assertEquals(new Extent.Absent(2 * MIB, MIB), map.extentAt(2 * MIB, 8 * MIB));
    assertEquals(new Extent.Absent(3 * MIB, 512), map.extentAt(3 * MIB, 8 * MIB));
    assertInstanceOf(Extent.Data.class, map.extentAt(3 * MIB + 512, 8 * MIB));
    assertEquals(512, map.extentAt(3 * MIB + 512, 8 * MIB).length());
    assertEquals(new Extent.Absent(4 * MIB, 4 * MIB), map.extentAt(4 * MIB, 8 * MIB));
  }

  @Test
  void partialBlocksOfSeveralChunksHaveABitmapEach() throws IOException {
    long chunk = 4L << 30;
    MemoryStorage base = new MemoryStorage("base.vhdx");
    write(request(3 * chunk, "", base), List.of(new Piece.Zero(0, 3 * chunk)), new Random(1));
    MemoryStorage child = new MemoryStorage("child.vhdx");
    byte[] sector = VhdxReadTest.random(512, 1);
    List<Piece> pieces = new ArrayList<>();
    long at = 0;
    for (long place : new long[] {512, chunk - 1024, 2 * chunk + 512, 3 * chunk - 512}) {
      pieces.add(new Piece.Absent(at, place - at));
      pieces.add(new Piece.Bytes(place, MemorySegment.ofArray(sector)));
      at = place + 512;
    }
    write(
        over(VhdxReadTest.open(base), "base.vhdx", "child", "block_size=256M", child),
        pieces,
        new Random(1));
    BlockMap map = VhdxReadTest.open(child).map();
    for (Piece piece : pieces) {
      for (long offset = piece.offset(); offset < piece.end(); ) {
        Extent extent = map.extentAt(offset, piece.end());
        assertEquals(piece instanceof Piece.Absent, extent instanceof Extent.Absent, "" + offset);
        offset = extent.end();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"'', 2, 0", "block_state_zero=on, 2, 2", "block_state_zero=off, 0, 0"})
  void blocksWithoutDataAreMarkedAsAsked(String options, int forZero, int forAbsent)
      throws IOException {
    MemoryStorage storage = new MemoryStorage("a.vhdx");
    write(
        request(16 * MIB, options, storage),
        List.of(new Piece.Zero(0, 8 * MIB), new Piece.Absent(8 * MIB, 8 * MIB)),
        new Random(1));
    MemorySegment table = MemorySegment.ofArray(new byte[16]);
    storage.readFully(3 * MIB, table);
    assertEquals(forZero, table.get(Guid.LONG, 0));
    assertEquals(forAbsent, table.get(Guid.LONG, 8));
  }

  @Test
  void anEmptyDiskOf64TebibytesCostsItsHeadAndIsOneExtent() throws IOException {
    long size = 64L << 40;
    MemoryStorage storage = new MemoryStorage("a.vhdx");
    try (ImageWriter writer = FORMAT.create(request(size, "", storage))) {
      carryOut(writer.reserve(new Chunk(0, size, List.of(new Piece.Absent(0, size)))));
      writer.finish();
    }
    assertTrue(storage.allocatedSize() < MIB, "" + storage.allocatedSize());
    assertEquals(new Extent.Absent(0, size), VhdxReadTest.open(storage).map().extentAt(0, size));
  }

  @Test
  void optionsAreWhereTheSpecificationHasThem() throws IOException {
    MemoryStorage storage = new MemoryStorage("a.vhdx");
    write(
        request(4096, "log_size=3000000,logical_sector_size=4096,creator=Somebody", storage),
        List.of(new Piece.Zero(0, 4096)),
        new Random(1));
    MemorySegment file = MemorySegment.ofArray(storage.toByteArray());
    assertEquals(VhdxHead.SIGNATURE, file.get(Guid.LONG, 0));
    assertEquals(3 * MIB, file.get(Guid.INT, 0x10000 + 68));
    assertEquals(0, file.get(Guid.LONG, 0x10000 + 48));
    DiskImage image = VhdxReadTest.open(storage);
    assertEquals("Somebody", image.info().more().get("creator"));
    assertEquals(4096L, image.info().more().get("logical-sector-size"));
    assertEquals("dynamic", image.info().more().get("type"));
  }

  @Test
  void unfinishedFileIsNoImage() throws IOException {
    MemoryStorage storage = new MemoryStorage("a.vhdx");
    try (ImageWriter writer = FORMAT.create(request(MIB, "", storage))) {
      carryOut(
          writer.reserve(
              new Chunk(
                  0, MIB, List.of(new Piece.Bytes(0, MemorySegment.ofArray(new byte[MIB]))))));
    }
    assertThrows(IOException.class, () -> VhdxReadTest.open(storage));
  }

  @Test
  void optionsThatCannotBeAreRefused() throws IOException {
    for (String options :
        List.of(
            "subformat=differencing",
            "block_size=3M",
            "block_size=512k",
            "block_size=512M",
            "log_size=4G",
            "logical_sector_size=1024",
            "creator=" + "x".repeat(256))) {
      assertThrows(
          IllegalOptionException.class,
          () -> FORMAT.create(request(MIB, options, new MemoryStorage("a"))),
          options);
    }
    assertThrows(
        IllegalOptionException.class,
        () -> FORMAT.create(request((64L << 40) + 1, "", new MemoryStorage("a"))));
    MemoryStorage base = new MemoryStorage("base.vhdx");
    write(request(MIB, "", base), List.of(new Piece.Zero(0, MIB)), new Random(1));
    DiskImage parent = VhdxReadTest.open(base);
    for (String options : List.of("subformat=fixed", "logical_sector_size=4096")) {
      assertThrows(
          IllegalOptionException.class,
          () -> FORMAT.create(over(parent, "base.vhdx", "c", options, new MemoryStorage("a"))));
    }
  }
}
