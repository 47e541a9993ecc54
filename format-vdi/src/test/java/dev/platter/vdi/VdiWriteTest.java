package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
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
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.OldBytes;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class VdiWriteTest {
  private static final VdiFormat FORMAT = new VdiFormat();

  static CreateRequest request(
      long size, String options, WritableStorage storage, String seed, DiskImage parent)
      throws IOException {
    return new CreateRequest(
        size,
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.ofNullable(parent).map(p -> new ParentReference("base.vdi", Optional.of("vdi"))),
        new MemoryTarget(storage),
        Identity.seeded(seed, Instant.EPOCH),
        Optional.ofNullable(parent));
  }

  static void write(CreateRequest request, BlockMap source) throws IOException {
    try (ImageWriter writer = FORMAT.create(request)) {
      PlainMover.move(source, writer, request.backing().isPresent(), false, 1);
    }
  }

  @Property(tries = 40)
  void chainOfThreeReadsAsItsModel(
      @ForAll @IntRange(min = 12, max = 17) int blockBits,
      @ForAll boolean staticBase,
      @ForAll boolean dirty,
      @ForAll @IntRange(min = 1, max = 600) int sectors,
      @ForAll long seed)
      throws IOException {
    int size = sectors * 512;
    byte[] model = new byte[size];
    List<BlockMap> maps = new ArrayList<>();
    DiskImage below = null;
    for (int layer = 0; layer < 3; layer++) {
      WritableStorage storage = dirty ? new OldBytes(4 << 20) : new MemoryStorage("new.vdi");
      ModelDisk disk = ModelDisk.random(seed + layer, size, 1 << blockBits);
      boolean isStatic = layer == 0 && staticBase;
      String options = "block_size=" + (1 << blockBits) + (isStatic ? ",static=on" : "");
      write(request(size, options, storage, "" + layer, below), disk);
      model = disk.contentOver(model);
      DiskImage image = HandMadeVdi.open(storage);
      if (below != null) {
        image.checkParent(below);
      }
      assertEquals(List.of(), image.check().orElseThrow().messages());
      maps.addFirst(image.map());
      below = image;
    }
    assertArrayEquals(model, HandMadeVdi.content(new LayeredMap(maps)));
  }

  @Test
  void whatIsAbsentOverAParentStaysAbsentAndZerosHideIt() throws IOException {
    MemoryStorage base = new MemoryStorage("base.vdi");
    ModelDisk disk = ModelDisk.random(1, 1 << 20, 4096);
    write(request(1 << 20, "", base, "base", null), disk);
    MemoryStorage child = new MemoryStorage("child.vdi");
    CreateRequest request =
        request(1 << 20, "block_size=64k", child, "child", HandMadeVdi.open(base));
    try (ImageWriter writer = FORMAT.create(request)) {
      assertTrue(
          writer
              .reserve(
                  new Chunk(
                      0,
                      1 << 20,
                      List.of(
                          new Piece.Absent(0, 1 << 17),
                          new Piece.Zero(1 << 17, 1 << 16),
                          new Piece.Absent(3 << 16, 13 << 16))))
              .isEmpty());
      writer.finish();
    }
    BlockMap map = HandMadeVdi.open(child).map();
    assertEquals(new Extent.Absent(0, 1 << 17), map.extentAt(0, 1 << 20));
    assertEquals(new Extent.Zero(1 << 17, 1 << 16), map.extentAt(1 << 17, 1 << 20));
    assertEquals(new Extent.Absent(3 << 16, 13 << 16), map.extentAt(3 << 16, 1 << 20));
    assertEquals("differencing", HandMadeVdi.open(child).info().more().get("type"));
  }

  @Test
  void identifiersAreNewUnlessTheyAreGiven() throws IOException {
    String given = "00112233-4455-6677-8899-aabbccddeeff";
    assertEquals(given, idOf("uuid=" + given, Identity.random()));
    String one = idOf("", Identity.random());
    String other = idOf("", Identity.random());
    assertTrue(!one.equals(other), one);
    assertEquals(
        idOf("", Identity.seeded("s", Instant.EPOCH)),
        idOf("", Identity.seeded("s", Instant.EPOCH)));
  }

  private static String idOf(String options, Identity identity) throws IOException {
    MemoryStorage storage = new MemoryStorage("id.vdi");
    CreateRequest request =
        new CreateRequest(
            1 << 20,
            FormatOptions.parse(List.of(options), FORMAT.createOptions()),
            false,
            Optional.empty(),
            new MemoryTarget(storage),
            identity);
    write(request, ModelDisk.random(1, 1 << 20, 4096));
    Map<String, Object> more = HandMadeVdi.open(storage).info().more();
    assertTrue(!more.get("uuid").equals(more.get("modification-uuid")));
    return more.get("uuid").toString();
  }

  @Test
  void anEmptyDiskOf64TebibytesTakesNoMemoryThatGrowsWithIt() throws IOException {
    long size = 64L << 40;
    MemoryStorage storage = new MemoryStorage("huge.vdi");
    try (ImageWriter writer = FORMAT.create(request(size, "", storage, "", null))) {
      assertTrue(
          writer
              .reserve(new Chunk(0, size - 512, List.of(new Piece.Zero(0, size - 512))))
              .isEmpty());
      byte[] end = new byte[512];
      end[0] = 1;
      List<Placement> placements =
          writer.reserve(
              new Chunk(
                  size - 512,
                  512,
                  List.of(new Piece.Bytes(size - 512, MemorySegment.ofArray(end)))));
      // What is free throughout is one piece of memory, written over and over.
      long owned =
          placements.stream()
              .filter(p -> p instanceof Placement.Write w && !w.bytes().isReadOnly())
              .count();
      assertTrue(placements.size() < 5000 && owned == 1, placements.size() + " " + owned);
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    MemoryStorage storage = new MemoryStorage("no.vdi");
    DiskImage parent = HandMadeVdi.open(new HandMadeVdi(1 << 20, 1 << 20).storage("base.vdi"));
    refuses("static", request(1 << 20, "static=on", storage, "", parent));
    refuses("power of two", request(1 << 20, "block_size=3M", storage, "", null));
    refuses("power of two", request(1 << 20, "block_size=2k", storage, "", null));
    refuses("uuid", request(1 << 20, "uuid=1-2-3-4-5", storage, "", null));
    refuses("max supported is 0x1fffff8000000", request(512L << 40, "", storage, "", null));
    CreateRequest unread = request(1 << 20, "", storage, "", parent);
    refuses(
        "must be readable",
        new CreateRequest(
            unread.size(),
            unread.options(),
            false,
            unread.backing(),
            unread.target(),
            unread.identity()));
    refuses(
        "Compression",
        new CreateRequest(1 << 20, FormatOptions.none(), true, Optional.empty(), unread.target()));
    assertEquals(0, storage.size());
  }

  private static void refuses(String words, CreateRequest request) {
    IllegalOptionException e =
        assertThrows(IllegalOptionException.class, () -> FORMAT.create(request));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
