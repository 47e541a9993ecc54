package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.StreamSource;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/**
 * What comes in order makes the same image as what lies in a file. Where its size is not known
 * before, tables whose length depends on it lie elsewhere: the disk is the same then, and the image
 * whatever the number of threads.
 */
class StreamConversionTest {
  private static final ImageFormats FORMATS = ImageFormats.present();
  private static final OpenRequest STRICT = OpenRequest.strict();

  private static ImageFormat format(String name) {
    return FORMATS.named(name).orElseThrow();
  }

  private static StreamSource stream(byte[] bytes, boolean sizeKnown) {
    return new StreamSource(
        "stream",
        Channels.newChannel(new ByteArrayInputStream(bytes)),
        sizeKnown ? OptionalLong.of(bytes.length) : OptionalLong.empty());
  }

  private static byte[] convert(
      String sourceFormat,
      StreamSource source,
      String targetFormat,
      String options,
      boolean compress,
      int workers)
      throws IOException {
    MemoryTarget target = new MemoryTarget();
    ConvertOptions how = ConvertOptions.defaults().withWorkers(workers);
    try (SequentialImage image = format(sourceFormat).openSequential(source, STRICT).orElseThrow();
        Destination destination =
            destination(
                targetFormat,
                options,
                compress,
                image.size().orElse(CreateRequest.UNKNOWN_SIZE),
                target)) {
      new Converter(how).convert(image, destination);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  private static byte[] convert(byte[] file, String targetFormat, String options, boolean compress)
      throws IOException {
    MemoryTarget target = new MemoryTarget();
    try (DiskImage image = format("raw").open(MemoryStorage.of("file", file), STRICT);
        Destination destination =
            destination(targetFormat, options, compress, image.map().size(), target)) {
      new Converter(ConvertOptions.defaults()).convert(image.map(), destination);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  private static Destination destination(
      String format, String options, boolean compress, long size, MemoryTarget target)
      throws IOException {
    ImageFormat chosen = format(format);
    List<String> texts = options.isEmpty() ? List.of() : List.of(options);
    FormatOptions parsed = FormatOptions.parse(texts, chosen.createOptions());
    CreateRequest request = new CreateRequest(size, parsed, compress, Optional.empty(), target);
    return Destination.newImage(chosen, request);
  }

  private static byte[] disk(byte[] qcow2) throws IOException {
    try (DiskImage image = format("qcow2").open(MemoryStorage.of("image", qcow2), STRICT);
        GuestReader reader = new GuestReader()) {
      byte[] bytes = new byte[(int) image.map().size()];
      reader.read(image.map(), 0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  @Property(tries = 60)
  void aStreamMakesTheSameImageAsAFile(
      @ForAll @IntRange(max = 3_000_000) int size,
      @ForAll @IntRange(max = 1 << 30) int seed,
      @ForAll boolean sizeKnown,
      @ForAll boolean compress,
      @ForAll @IntRange(min = 1, max = 5) int workers)
      throws IOException {
    byte[] disk = ModelDisk.random(seed, (size / 512 + 1) * 512, 4096).content();
    byte[] file = Arrays.copyOf(disk, size);
    for (String options : List.of("", "cluster_size=4096", "cluster_size=2M,extended_l2=on")) {
      byte[] ofFile = convert(file, "qcow2", options, compress);
      byte[] ofStream =
          convert("raw", stream(file, sizeKnown), "qcow2", options, compress, workers);
      if (sizeKnown) {
        assertArrayEquals(ofFile, ofStream, options);
      } else {
        assertArrayEquals(
            convert("raw", stream(file, false), "qcow2", options, compress, 1), ofStream, options);
        assertArrayEquals(disk(ofFile), disk(ofStream), options);
      }
    }
    assertArrayEquals(
        convert(file, "raw", "", false),
        convert("raw", stream(file, sizeKnown), "raw", "", false, workers));
  }

  @Property(tries = 30)
  void aStreamOptimizedDiskMakesTheSameImageAsItsContent(
      @ForAll @IntRange(min = 1, max = 6000) int sectors,
      @ForAll @IntRange(max = 1 << 30) int seed,
      @ForAll @IntRange(min = 1, max = 5) int workers)
      throws IOException {
    byte[] disk = ModelDisk.random(seed, sectors * 512, 65536).content();
    byte[] vmdk = convert(disk, "vmdk", "subformat=streamOptimized", false);
    assertArrayEquals(
        convert(disk, "raw", "", false),
        convert("vmdk", stream(vmdk, false), "raw", "", false, workers));
  }

  @Example
  void anErrorOfTheStreamEndsTheConversion() {
    InputStream failing =
        new InputStream() {
          private int left = 5 << 20;

          @Override
          public int read() throws IOException {
            throw new IOException("not byte by byte");
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            if (left <= 0) {
              throw new java.io.EOFException("the line is dead");
            }
            int count = Math.min(length, left);
            Arrays.fill(target, offset, offset + count, (byte) 1);
            left -= count;
            return count;
          }
        };
    StreamSource source = new StreamSource("stream", Channels.newChannel(failing));
    IOException e =
        assertThrows(IOException.class, () -> convert("raw", source, "qcow2", "", false, 3));
    assertEquals("the line is dead", e.getMessage());
  }
}
