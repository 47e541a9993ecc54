package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.write.Qcow2Options;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.OldBytes;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** An image written over a device's old bytes, which must not show anywhere. */
class Qcow2InPlaceTest {
  private static final int SIZE = 1_300_000;
  private static final int DEVICE = 8 << 20;

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "'', false",
    "'', true",
    "'cluster_size=512', true",
    "'cluster_size=512,refcount_bits=64', false",
    "'cluster_size=2M', false",
    "'compat=0.10,cluster_size=4k', true",
    "'extended_l2=on', false",
    "'extended_l2=on,cluster_size=16k,compression_type=zstd', true",
    "'preallocation=metadata', false",
    "'preallocation=metadata,extended_l2=on,cluster_size=16k', false",
    "'preallocation=falloc', false",
    "'preallocation=full,cluster_size=512', false"
  })
  @Tag("interop")
  void letsNoOldByteShow(String options, boolean compress) throws IOException {
    ModelDisk disk = ModelDisk.random(options.hashCode(), SIZE, 4096);
    byte[] expected = Arrays.copyOf(disk.content(), (SIZE + 511) & -512);
    try (OldBytes device = new OldBytes(DEVICE)) {
      write(disk, device, options, compress);
      assertArrayEquals(expected, read(device));

      Path file = directory.resolve("a.qcow2");
      Files.write(file, device.toByteArray());
      WrittenImage image = new WrittenImage(file);
      image.assertClean();
      image.assertContent(expected);
    }
  }

  @Test
  @Tag("interop")
  void writesTheHeaderThatQemuWrites() throws IOException {
    String options = "data_file=data,lazy_refcounts=on,compression_type=zlib";
    MemoryTarget target = new MemoryTarget();
    write(ModelDisk.random(1, 1 << 20, 4096), target, options, false);
    ExternalTool.qemuImg()
        .runIn(directory, "create", "-q", "-f", "qcow2", "-o", options, "q.qcow2", "1M")
        .mustExit(0);
    byte[] theirs = Arrays.copyOf(Files.readAllBytes(directory.resolve("q.qcow2")), 1024);
    byte[] ours = Arrays.copyOf(((MemoryStorage) target.storage()).toByteArray(), 1024);
    // Where the L1 and the refcount table are is the writer's own choice.
    System.arraycopy(theirs, 40, ours, 40, 16);
    assertEquals(HexFormat.of().formatHex(theirs), HexFormat.of().formatHex(ours));
  }

  private static void write(
      ModelDisk disk, WritableStorage storage, String options, boolean compress)
      throws IOException {
    write(disk, new MemoryTarget(storage), options, compress);
  }

  private static void write(ModelDisk disk, MemoryTarget target, String options, boolean compress)
      throws IOException {
    FormatOptions parsed = FormatOptions.parse(List.of(options), Qcow2Options.SPECS);
    try (ImageWriter writer =
        new Qcow2Format()
            .create(new CreateRequest(disk.size(), parsed, compress, Optional.empty(), target))) {
      PlainMover.move(disk, writer, false, false, 7);
    }
  }

  private static byte[] read(WritableStorage storage) throws IOException {
    try (DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      byte[] content = new byte[(int) image.map().size()];
      reader.read(image.map(), 0, MemorySegment.ofArray(content));
      return content;
    }
  }
}
