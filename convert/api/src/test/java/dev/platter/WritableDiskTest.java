package dev.platter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.name.References;
import dev.platter.storage.LockedException;
import dev.platter.testdata.ExternalTool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that are written in place through the front door; QEMU reads what was written. */
class WritableDiskTest {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;

  private Path image(String format) throws IOException {
    Path path = directory.resolve("disk." + format);
    Platter.create(path).format(format).size(SIZE).run();
    return path;
  }

  /** The disk as qemu-img reads it. */
  private byte[] readByQemu(Path image, String format) throws IOException {
    Path raw = directory.resolve("read.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", format, "-O", "raw", image, raw);
    return Files.readAllBytes(raw);
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "vhdx", "parallels"})
  void qemuReadsWhatIsWritten(String format) throws IOException {
    Path path = image(format);
    byte[] model = new byte[SIZE];
    Random random = new Random(1);
    try (WritableDisk disk = Platter.disk(path).format(format).openWritable()) {
      for (int i = 0; i < 40; i++) {
        int from = random.nextInt(SIZE - 1);
        int length = 1 + random.nextInt(Math.min(100_000, SIZE - from));
        switch (random.nextInt(4)) {
          case 0 -> {
            disk.zero(from, length);
            Arrays.fill(model, from, from + length, (byte) 0);
          }
          case 1 -> {
            disk.discard(from, length);
            System.arraycopy(disk.read(from, length), 0, model, from, length);
          }
          default -> {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            disk.write(from, bytes);
            System.arraycopy(bytes, 0, model, from, length);
          }
        }
      }
      disk.flush();
      assertArrayEquals(model, disk.read(0, SIZE));
      assertArrayEquals(model, disk.inputStream().readAllBytes());
    }
    assertArrayEquals(model, readByQemu(path, format));
    try (Disk disk = Platter.disk(path).format(format).open()) {
      assertArrayEquals(model, disk.read(0, SIZE));
    }
  }

  @Test
  void isAChannelToWriteTo() throws IOException {
    Path path = image("qcow2");
    try (WritableDisk disk = Platter.disk(path).openWritable()) {
      try (SeekableByteChannel channel = disk.channel()) {
        channel.position(SIZE - 3);
        ByteBuffer five = ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5});
        assertEquals(3, channel.write(five));
        assertEquals(2, five.remaining());
        assertThrows(EOFException.class, () -> channel.write(five));
        assertThrows(IOException.class, () -> channel.truncate(5));
        assertEquals(SIZE, channel.size());
      }
      assertArrayEquals(new byte[] {0, 1, 2, 3}, disk.read(SIZE - 4, 4));
    }
    try (Disk disk = Platter.open(path);
        SeekableByteChannel channel = disk.channel()) {
      assertThrows(NonWritableChannelException.class, () -> channel.write(ByteBuffer.allocate(1)));
    }
  }

  @Test
  void refusesWhatLiesOutsideAndWhatComesTooLate() throws IOException {
    WritableDisk disk = Platter.disk(image("vhdx")).openWritable();
    byte[] two = new byte[2];
    assertThrows(IndexOutOfBoundsException.class, () -> disk.write(SIZE - 1, two));
    assertThrows(IndexOutOfBoundsException.class, () -> disk.zero(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> disk.discard(1, Long.MAX_VALUE));
    assertThrows(
        IndexOutOfBoundsException.class, () -> disk.read(SIZE - 1, MemorySegment.ofArray(two)));
    disk.close();
    assertThrows(ClosedChannelException.class, () -> disk.write(0, two));
    assertThrows(ClosedChannelException.class, () -> disk.read(0, 1));
    disk.close();
  }

  @Test
  void rawIsWrittenOnlyWhereThatIsSaid() throws IOException {
    Path raw = image("raw");
    assertThrows(IllegalOptionException.class, () -> Platter.disk(raw).openWritable().close());
    Path packed = directory.resolve("disk.raw.gz");
    try (GZIPOutputStream gzip = new GZIPOutputStream(Files.newOutputStream(packed))) {
      gzip.write(new byte[100_000]);
    }
    byte[] before = Files.readAllBytes(packed);
    UnsupportedFeatureException e =
        assertThrows(
            UnsupportedFeatureException.class, () -> Platter.disk(packed).openWritable().close());
    assertTrue(e.getMessage().contains("convert it"), e.getMessage());
    assertArrayEquals(before, Files.readAllBytes(packed));
  }

  @Test
  void anOverlayIsWrittenOverItsParentAndNotWithoutIt() throws IOException {
    Path below = image("qcow2");
    try (WritableDisk disk = Platter.disk(below).openWritable()) {
      byte[] ones = new byte[SIZE];
      Arrays.fill(ones, (byte) 1);
      disk.write(0, ones);
    }
    Path top = directory.resolve("top.qcow2");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "qcow2", "-b", below, "-F", "qcow2", top);
    DiskSource source = Platter.disk(top);
    assertThrows(ReferenceDeniedException.class, () -> source.openWritable().close());
    assertThrows(IllegalOptionException.class, () -> source.alone().openWritable().close());
    byte[] parent = Files.readAllBytes(below);
    try (WritableDisk disk = source.references(References.within(directory)).openWritable()) {
      disk.write(100, new byte[] {2});
    }
    assertArrayEquals(parent, Files.readAllBytes(below));
    byte[] expected = new byte[SIZE];
    Arrays.fill(expected, (byte) 1);
    expected[100] = 2;
    assertArrayEquals(expected, readByQemu(top, "qcow2"));
  }

  @Test
  void twoDoNotWriteToOneImage() throws IOException {
    Path path = image("qcow2");
    try (WritableDisk disk = Platter.disk(path).openWritable()) {
      disk.write(0, new byte[512]);
      assertThrows(LockedException.class, () -> Platter.disk(path).openWritable().close());
      assertThrows(LockedException.class, () -> Platter.open(path).close());
      assertTrue(
          ExternalTool.qemuImg().run("info", path).stderr().contains("lock"), "QEMU sees it too");
    }
    Platter.open(path).close();
  }

  @Test
  void snapshotsAndSharedImagesAreNotWritten() throws IOException {
    Path path = image("qcow2");
    DiskSource plain = Platter.disk(path);
    assertThrows(IllegalOptionException.class, () -> plain.snapshot("x").openWritable().close());
    String shared =
        "json:{\"driver\":\"qcow2\",\"force-share\":true,\"file\":{\"filename\":\"" + path + "\"}}";
    assertThrows(IllegalOptionException.class, () -> Platter.disk(shared).openWritable().close());
    Platter.open(shared).close();
  }

  @Test
  void growsShrinksRepairsAndCompacts() throws IOException {
    for (String format : new String[] {"qcow2", "vhdx", "vdi", "raw"}) {
      DiskSource source = Platter.disk(image(format)).format(format);
      source.grow(2L * SIZE);
      assertThrows(IllegalOptionException.class, () -> source.grow(SIZE), format);
      assertThrows(IllegalOptionException.class, () -> source.shrink(3L * SIZE), format);
      assertThrows(IllegalOptionException.class, () -> source.shrink(0), format);
      try (Disk disk = source.open()) {
        assertEquals(2L * SIZE, disk.size(), format);
      }
    }
    DiskSource qcow2 = Platter.disk(directory.resolve("disk.qcow2"));
    qcow2.shrink(SIZE);
    assertEquals(0, qcow2.repair(dev.platter.image.Repair.ALL).after().corruptions());
    DiskSource vdi = Platter.disk(directory.resolve("disk.vdi"));
    try (WritableDisk disk = vdi.openWritable()) {
      byte[] ones = new byte[SIZE];
      Arrays.fill(ones, (byte) 1);
      disk.write(0, ones);
      disk.write(0, new byte[SIZE]);
    }
    assertTrue(vdi.compact() > 0);
  }
}
