package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ParentReference;
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
import java.util.List;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ParallelsWriteTest {
  private static final ParallelsFormat FORMAT = new ParallelsFormat();

  static CreateRequest request(long size, String options, WritableStorage storage)
      throws IOException {
    return new CreateRequest(
        size,
        FormatOptions.parse(List.of(options), FORMAT.createOptions()),
        false,
        Optional.empty(),
        new MemoryTarget(storage));
  }

  static void write(CreateRequest request, BlockMap source) throws IOException {
    try (ImageWriter writer = FORMAT.create(request)) {
      PlainMover.move(source, writer, false, false, 1);
    }
  }

  @Property(tries = 60)
  void imagesOfAnyClusterSizeReadAsTheirModel(
      @ForAll @IntRange(min = 1, max = 200) int clusterSectors,
      @ForAll boolean old,
      @ForAll boolean dirty,
      @ForAll @IntRange(min = 1, max = 2000) int sectors,
      @ForAll @IntRange(min = 9, max = 16) int modelBits,
      @ForAll long seed)
      throws IOException {
    WritableStorage storage = dirty ? new OldBytes(4 << 20) : new MemoryStorage("new.hdd");
    ModelDisk model = ModelDisk.random(seed, sectors * 512, 1 << modelBits);
    String options =
        "cluster_size=" + clusterSectors * 512 + (old ? ",magic=WithoutFreeSpace" : "");
    write(request(model.size(), options, storage), model);
    assertArrayEquals(model.content(), HandMade.content(storage));
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  @Test
  void clustersOfNothingTakeNoSpace() throws IOException {
    MemoryStorage storage = new MemoryStorage("sparse.hdd");
    try (ImageWriter writer = FORMAT.create(request(10 << 20, "cluster_size=96k", storage))) {
      int cluster = 96 << 10;
      List<Piece> pieces =
          List.of(
              new Piece.Zero(0, 3 * cluster + 4096),
              new Piece.Bytes(3 * cluster + 4096, MemorySegment.ofArray(new byte[4096])),
              new Piece.Zero(3 * cluster + 8192, (10 << 20) - 3 * cluster - 8192));
      assertEquals(1, writer.reserve(new Chunk(0, 10 << 20, pieces)).size());
      writer.finish();
      assertEquals(2 * cluster, storage.size());
    }
  }

  @Test
  void aClusterThatGetsItsFirstDataInALaterChunkIsWholeOnOldBytes() throws IOException {
    OldBytes storage = new OldBytes(1 << 20);
    try (ImageWriter writer = FORMAT.create(request(8192, "cluster_size=8k", storage))) {
      byte[] data = HandMade.random(512, 1);
      assertTrue(writer.reserve(new Chunk(0, 4096, List.of(new Piece.Zero(0, 4096)))).isEmpty());
      for (Placement placement :
          writer.reserve(
              new Chunk(
                  4096,
                  4096,
                  List.of(
                      new Piece.Bytes(4096, MemorySegment.ofArray(data)),
                      new Piece.Zero(4608, 3584))))) {
        PlainMover.carryOut(placement);
      }
      writer.finish();
      byte[] expected = new byte[8192];
      System.arraycopy(data, 0, expected, 4096, 512);
      assertArrayEquals(expected, HandMade.content(storage));
    }
  }

  @Test
  void refusesWhatCannotBe() throws IOException {
    MemoryStorage storage = new MemoryStorage("no.hdd");
    refuses("Cluster size is too large", request(1 << 20, "cluster_size=2G", storage));
    refuses("Cluster size is too small", request(1 << 20, "cluster_size=0", storage));
    refuses("too large for this cluster size", request((64L << 40) + 1, "", storage));
    refuses(
        "too large for this cluster size",
        request(2L << 40, "magic=WithoutFreeSpace,cluster_size=2M", storage));
    refuses("expects one of", request(1 << 20, "magic=WithFreeSpace", storage));
    CreateRequest plain = request(1 << 20, "", storage);
    refuses(
        "Compression not supported",
        new CreateRequest(1 << 20, FormatOptions.none(), true, Optional.empty(), plain.target()));
    refuses(
        "Backing file not supported",
        new CreateRequest(
            1 << 20,
            FormatOptions.none(),
            false,
            Optional.of(new ParentReference("base.hdd", Optional.empty())),
            plain.target()));
    assertEquals(0, storage.size());
  }

  private static void refuses(String words, CreateRequest request) {
    IllegalOptionException e =
        assertThrows(IllegalOptionException.class, () -> FORMAT.create(request));
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }
}
