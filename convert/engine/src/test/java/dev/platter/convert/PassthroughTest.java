package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed blocks between formats that compress alike. */
class PassthroughTest {
  private static final int SIZE = 40 * 65536 + 1024;
  private static final String STREAM = "subformat=streamOptimized";

  @Test
  void grainsBecomeClustersAndClustersGrainsWithoutBeingCompressedAgain() throws IOException {
    ModelDisk model = ModelDisk.random(12, SIZE, 65536);
    // The best level's streams: the default level makes others.
    MemoryStorage vmdk = convert(model, "vmdk", STREAM + ",compression_level=12", 2);
    try (DiskImage grains = open("vmdk", vmdk)) {
      MemoryStorage qcow2 = convert(grains.map(), "qcow2", "", 3);
      try (DiskImage clusters = open("qcow2", qcow2)) {
        Map<Long, ByteBuffer> streams = streams(grains.map());
        assertTrue(streams.size() > 5, "something is compressed");
        assertAdopted(streams, streams(clusters.map()));
        assertArrayEquals(model.content(), content(clusters.map()));
        MemoryStorage again = convert(clusters.map(), "vmdk", STREAM, 1);
        try (DiskImage back = open("vmdk", again)) {
          assertAdopted(streams(clusters.map()), streams(back.map()));
          assertArrayEquals(model.content(), content(back.map()));
        }
      }
    }
  }

  /** What is compressed on both sides is the same stream on both. */
  private static void assertAdopted(Map<Long, ByteBuffer> from, Map<Long, ByteBuffer> to) {
    int whole = 0;
    for (Map.Entry<Long, ByteBuffer> stream : from.entrySet()) {
      // What did not shrink is stored plainly in qcow2; the disk's last block is not a whole one.
      if (to.containsKey(stream.getKey())) {
        assertEquals(stream.getValue(), to.get(stream.getKey()), "at " + stream.getKey());
        whole++;
      }
    }
    assertTrue(whole > 5, whole + " of " + from.size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "grain_size=4k",
        "subformat=streamOptimized",
        "subformat=streamOptimized,grain_size=512k"
      })
  void theNumberOfWorkersDoesNotShowInAVmdk(String options) throws IOException {
    ModelDisk model = ModelDisk.random(13, SIZE, 4096);
    MemoryStorage one = convert(model, "vmdk", options, 1);
    MemoryStorage many = convert(model, "vmdk", options, 5);
    assertArrayEquals(one.toByteArray(), many.toByteArray());
    try (DiskImage image = open("vmdk", many)) {
      assertArrayEquals(model.content(), content(image.map()));
    }
  }

  /** The bare deflate stream of every compressed block, by guest offset. */
  private static Map<Long, ByteBuffer> streams(BlockMap map) throws IOException {
    Map<Long, ByteBuffer> streams = new TreeMap<>();
    try (GuestReader reader = new GuestReader()) {
      for (long at = 0; at < map.size(); ) {
        Extent extent = map.extentAt(at, map.size());
        if (extent instanceof Extent.Encoded unit) {
          MemorySegment target = MemorySegment.ofArray(new byte[unit.decodedLength()]);
          MemorySegment stream = reader.decode(unit, target);
          if (unit.encoding() == Encoding.ZLIB) {
            stream = stream.asSlice(2, stream.byteSize() - 6);
          }
          byte[] copy = stream.toArray(ValueLayout.JAVA_BYTE);
          streams.put(at, ByteBuffer.wrap(copy));
        }
        at = extent.end();
      }
    }
    return streams;
  }

  private static MemoryStorage convert(BlockMap source, String name, String options, int workers)
      throws IOException {
    ImageFormat format = format(name);
    List<String> texts = options.isEmpty() ? List.of() : List.of(options);
    MemoryStorage storage = new MemoryStorage("target");
    try (Destination destination =
        Destination.newImage(
            format,
            new CreateRequest(
                source.size(),
                FormatOptions.parse(texts, format.createOptions()),
                true,
                Optional.empty(),
                new MemoryTarget(storage),
                Identity.seeded("test", Instant.EPOCH)))) {
      ConvertOptions how = ConvertOptions.defaults().withWorkers(workers);
      new Converter(how).convert(source, destination);
    }
    return storage;
  }

  private static ImageFormat format(String name) {
    return ImageFormats.present().named(name).orElseThrow();
  }

  private static DiskImage open(String format, MemoryStorage storage) throws IOException {
    return format(format).open(storage, OpenRequest.strict());
  }

  private static byte[] content(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }
}
