package dev.platter.vmdk.read;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.ImageException;
import dev.platter.image.OutOfOrderException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.SequentialImage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.StreamSource;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import dev.platter.vmdk.VmdkFormat;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Stream-optimized disks, read from front to back. */
class StreamReaderTest {
  private static final int GRAIN = 65536;

  private static byte[] vmdk(ModelDisk disk) throws IOException {
    MemoryTarget target = new MemoryTarget();
    VmdkFormat format = new VmdkFormat();
    FormatOptions options =
        FormatOptions.parse(List.of("subformat=streamOptimized"), format.createOptions());
    try (ImageWriter writer =
        format.create(new CreateRequest(disk.size(), options, false, Optional.empty(), target))) {
      PlainMover.move(disk, writer, false, false, 1);
    }
    return ((MemoryStorage) target.storage()).toByteArray();
  }

  private static StreamSource stream(byte[] bytes) {
    return new StreamSource("disk", Channels.newChannel(new ByteArrayInputStream(bytes)));
  }

  private static Optional<SequentialImage> open(byte[] bytes) throws IOException {
    return new VmdkFormat().openSequential(stream(bytes), OpenRequest.strict());
  }

  private static byte[] read(byte[] vmdk, int bufferBytes) throws IOException {
    try (SequentialImage image = open(vmdk).orElseThrow();
        GuestReader reader = new GuestReader()) {
      byte[] content = new byte[(int) image.size().orElseThrow()];
      MemorySegment buffer = MemorySegment.ofArray(new byte[bufferBytes]);
      long at = 0;
      for (Optional<Extent> next = image.next(buffer); next.isPresent(); ) {
        Extent extent = next.get();
        assertEquals(at, extent.offset());
        reader.read(extent, MemorySegment.ofArray(content).asSlice(at, extent.length()));
        at = extent.end();
        next = image.next(buffer);
      }
      assertEquals(content.length, at);
      return content;
    }
  }

  @Property(tries = 60)
  void holdsTheDisk(
      @ForAll @IntRange(min = 1, max = 5000) int sectors,
      @ForAll @IntRange(max = 1 << 30) int seed,
      @ForAll @IntRange(min = 1, max = 300) int bufferSectors)
      throws IOException {
    ModelDisk disk = ModelDisk.random(seed, sectors * 512, 4096);
    assertArrayEquals(disk.content(), read(vmdk(disk), bufferSectors * 512));
  }

  @Example
  void cutOffAnywhereIsAnError() throws IOException {
    byte[] vmdk = vmdk(ModelDisk.random(3, 20 * GRAIN, GRAIN));
    for (int cut = 1 << 16; cut < vmdk.length; cut += 509) {
      byte[] part = Arrays.copyOf(vmdk, cut);
      IOException e = assertThrows(IOException.class, () -> read(part, GRAIN), "cut at " + cut);
      assertTrue(e instanceof OutOfOrderException || e instanceof ImageException, e.toString());
      assertTrue(e.getMessage().startsWith("vmdk disk: "), e.getMessage());
    }
  }

  @Example
  void anyChangeGivesTheSameDiskOrAnError() throws IOException {
    ModelDisk disk = ModelDisk.random(4, 12 * GRAIN, GRAIN);
    byte[] vmdk = vmdk(disk);
    byte[] content = disk.content();
    int refused = 0;
    for (int at = 0; at < vmdk.length; at += at < 2048 || at > vmdk.length - 4096 ? 3 : 997) {
      byte[] changed = vmdk.clone();
      changed[at] ^= (byte) 0x55;
      byte[] found;
      try {
        Optional<SequentialImage> image = open(changed);
        if (image.isEmpty() || image.get().size().orElseThrow() > 2 * content.length) {
          continue;
        }
        found = read(changed, GRAIN);
      } catch (IOException e) {
        refused++;
        continue;
      }
      assertArrayEquals(content, found, "changed at " + at);
    }
    assertTrue(refused > 50, "refused: " + refused);
  }

  @Example
  void grainsInAnotherOrderAreLeftToThoseWhoCanGoBack() throws IOException {
    byte[] vmdk = vmdk(ModelDisk.random(5, 12 * GRAIN, GRAIN));
    ByteBuffer bytes = ByteBuffer.wrap(vmdk).order(ByteOrder.LITTLE_ENDIAN);
    int first = 128 * 512;
    long sector = bytes.getLong(first);
    bytes.putLong(first, sector + 128 * 8);
    assertThrows(OutOfOrderException.class, () -> read(vmdk, GRAIN));
    bytes.putLong(first, sector + 1);
    ImageException e = assertThrows(ImageException.class, () -> read(vmdk, GRAIN));
    assertTrue(e.getMessage().contains("marker at 0x10000"), e.getMessage());
  }

  /**
   * A program that writes into the file changes the tables in front, and puts grains at the end.
   */
  @Example
  void whatWasWrittenIntoLaterIsLeftToThoseWhoReadTheTables() throws IOException {
    byte[] vmdk = vmdk(ModelDisk.random(5, 12 * GRAIN, GRAIN));
    ByteBuffer bytes = ByteBuffer.wrap(vmdk).order(ByteOrder.LITTLE_ENDIAN);
    int directory = (int) bytes.getLong(56) * 512;
    int table = directory + 2 * 512;
    bytes.putInt(table + 4 * 11, bytes.getInt(table + 4 * 11) + 1);
    assertThrows(OutOfOrderException.class, () -> read(vmdk, GRAIN));
    bytes.putInt(directory, 77);
    assertThrows(OutOfOrderException.class, () -> read(vmdk, GRAIN));
  }

  @Example
  void whatIsNoStreamIsNotReadAsOne() throws IOException {
    assertTrue(open(new byte[100_000]).isEmpty());
    assertTrue(open(new byte[10]).isEmpty());
    byte[] vmdk = vmdk(ModelDisk.random(6, 2 * GRAIN, GRAIN));
    String text = new String(vmdk, java.nio.charset.StandardCharsets.ISO_8859_1);
    byte[] child =
        text.replace("parentCID=ffffffff", "parentCID=00000001")
            .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
    assertTrue(open(child).isEmpty());
  }
}
