package dev.platter.service.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.spi.ImageFormats;
import dev.platter.service.SampleImages;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Images that must not be taken, each with the check that finds it, in a stream and in a file. */
class HostileImagesTest {
  private static final Path GOLDEN = Path.of("../../testdata/golden");
  private static final int SECTOR = 512;

  private record Attack(String name, String check, byte[] image) {
    Arguments arguments() {
      return Arguments.of(name, check, image);
    }
  }

  static Stream<Arguments> attacks() throws IOException {
    byte[] qcow2 = SampleImages.of("qcow2", "");
    byte[] sparse = SampleImages.of("vmdk", "subformat=monolithicSparse");
    byte[] streamed = SampleImages.of("vmdk", "subformat=streamOptimized");
    byte[] piped = SampleImages.patched(streamed, Map.of(56, little(-1)));
    return Stream.of(
            new Attack("backing file", "backing_file", golden("chain-top.qcow2")),
            new Attack(
                "backing file without a name",
                "backing_file",
                SampleImages.patched(qcow2, Map.of(8, big(512), 16, new byte[4]))),
            new Attack("data file", "data_file", golden("data-file.qcow2")),
            new Attack("unknown feature", "unknown_features", golden("unknown-feature.qcow2")),
            new Attack(
                "all feature bits",
                "unknown_features",
                SampleImages.patched(qcow2, Map.of(72, big(-1)))),
            new Attack("encrypted with LUKS", "encrypted", golden("luks.qcow2")),
            new Attack("encrypted with AES", "encrypted", golden("aes.qcow2")),
            new Attack("marked as corrupt", "corrupt", golden("corrupt.qcow2")),
            new Attack("cut off in the header", "corrupt", Arrays.copyOf(qcow2, 90)),
            new Attack(
                "L1 table of 4 billion entries",
                "corrupt",
                SampleImages.patched(qcow2, Map.of(36, new byte[] {-1, -1, -1, -1}))),
            new Attack(
                "a disc inside a qcow2",
                "several_formats",
                SampleImages.patched(qcow2, Map.of(0x8000, "\1CD001\1".getBytes(latin())))),
            new Attack("flat extent of the host", "extents", golden("vmdk/monolithicFlat.vmdk")),
            new Attack("pieces of 2 GiB", "extents", golden("vmdk/twoGbMaxExtentSparse.vmdk")),
            new Attack("delta disk", "backing_file", golden("vmdk/child.vmdk")),
            new Attack(
                "descriptor that names a path",
                "descriptor",
                replaced(sparse, "SPARSE \"", "/etc/x")),
            new Attack(
                "descriptor with a line of its own",
                "descriptor",
                replaced(sparse, "# Extent description", "what ever = 1       ")),
            new Attack(
                "descriptor elsewhere",
                "descriptor",
                SampleImages.patched(moved(sparse), Map.of(28, little(5)))),
            new Attack(
                "no descriptor", "descriptor", SampleImages.patched(sparse, Map.of(28, little(0)))),
            new Attack(
                "descriptor of 8 MiB",
                "corrupt",
                SampleImages.patched(
                    Arrays.copyOf(sparse, 9 << 20), Map.of(36, little((8 << 20) / SECTOR)))),
            new Attack(
                "cut off before the footer",
                "corrupt",
                Arrays.copyOf(piped, piped.length - SECTOR)),
            new Attack(
                "tables in front, cut off before the footer",
                "footer",
                Arrays.copyOf(streamed, streamed.length - SECTOR)),
            new Attack(
                "something behind the footer's mark",
                "footer",
                SampleImages.patched(
                    streamed, Map.of(streamed.length - 3 * SECTOR + 100, new byte[] {1}))),
            new Attack("VDI that is a difference", "backing_file", differencingVdi()),
            new Attack("QED", "banned", Arrays.copyOf("QED\0".getBytes(latin()), 1 << 20)),
            new Attack(
                "qcow, with a backing file perhaps",
                "banned",
                Arrays.copyOf("QFI\373\0\0\0\1".getBytes(latin()), 1 << 20)),
            new Attack(
                "LUKS", "luks", Arrays.copyOf("LUKS\272\276\0\1".getBytes(latin()), 1 << 20)),
            new Attack(
                "a bundle's descriptor",
                "extents",
                ("<?xml version='1.0'?><Parallels_disk_image Version=\"1.0\"><Disk_Parameters>"
                        + "<Disk_size>2048</Disk_size><Cylinders>4</Cylinders><Heads>16</Heads>"
                        + "<Sectors>32</Sectors><Padding>0</Padding></Disk_Parameters>"
                        + "<StorageData><Storage><Start>0</Start><End>2048</End>"
                        + "<Blocksize>2048</Blocksize><Image>"
                        + "<GUID>{5fbaabe3-6958-40ff-92a7-860e329aab41}</GUID>"
                        + "<Type>Compressed</Type><File>/etc/passwd</File></Image></Storage>"
                        + "</StorageData></Parallels_disk_image>")
                    .getBytes(latin())),
            new Attack("boot flag", "mbr", bootRecord(0x81, 0x83, 0, 2048)),
            new Attack("no partition", "mbr", bootRecord(0, 0, 0, 0)),
            new Attack("protective partition elsewhere", "mbr", bootRecord(0, 0xEE, 0x000200, 2)),
            new Attack("protective partition with a geometry", "mbr", bootRecord(0, 0xEE, 0, 1)),
            new Attack(
                "protective partition among others",
                "mbr",
                SampleImages.patched(
                    bootRecord(0, 0xEE, 0x000200, 1), Map.of(446 + 16 + 4, new byte[] {7}))))
        .map(Attack::arguments);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void isDangerous(String name, String check, byte[] image) throws IOException {
    Inspection found = ImageInspectorTest.stream(image, 10_000);
    assertFalse(found.safe());
    assertTrue(
        found.dangers().stream().anyMatch(danger -> danger.check().equals(check)),
        () -> name + ": " + found.dangers());
    MemoryStorage file = new MemoryStorage("image");
    file.write(0, MemorySegment.ofArray(image));
    Inspection fromFile = ImageInspector.inspect(file, ImageFormats.present());
    assertTrue(
        fromFile.dangers().stream().anyMatch(danger -> danger.check().equals(check)),
        () -> name + ": " + fromFile.dangers());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("attacks")
  void costsLittleMemory(String name, String ignored, byte[] image) throws IOException {
    long most = InspectorMemory.mostHeld(image);
    assertTrue(most < 1 << 20, () -> name + ": " + most + " bytes");
  }

  /** Whatever stands in an image: an answer, in little memory. */
  @Property(tries = 150)
  void whateverTheBytesSayThereIsAnAnswer(@ForAll @IntRange(max = 16) int number, @ForAll long seed)
      throws IOException {
    byte[] image = ImageInspectorTest.IMAGES.get(number % ImageInspectorTest.IMAGES.size()).clone();
    Random random = new Random(seed);
    for (int i = random.nextInt(12); i >= 0 && image.length > 0; i--) {
      int reach = random.nextBoolean() ? 1024 : image.length;
      byte[] value = new byte[1 + random.nextInt(8)];
      if (random.nextBoolean()) {
        random.nextBytes(value);
      } else {
        Arrays.fill(value, (byte) -1);
      }
      int at = random.nextInt(Math.min(reach, image.length));
      int length = Math.min(value.length, image.length - at);
      System.arraycopy(value, 0, image, at, length);
    }
    long most = InspectorMemory.mostHeld(image);
    assertTrue(most < 1 << 20, () -> most + " bytes");
    assertEquals(ImageInspectorTest.stream(image), ImageInspectorTest.stream(image, 5000));
  }

  private static byte[] golden(String name) throws IOException {
    return Files.readAllBytes(GOLDEN.resolve(name));
  }

  private static java.nio.charset.Charset latin() {
    return StandardCharsets.ISO_8859_1;
  }

  private static byte[] big(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  private static byte[] little(long value) {
    return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
  }

  /** Writes over the text after (or, where as long, in place of) a text of the descriptor. */
  private static byte[] replaced(byte[] image, String text, String by) {
    String whole = new String(image, latin());
    int at = whole.indexOf(text);
    assertTrue(at > 0, text);
    int from = text.length() == by.length() ? at : at + text.length();
    return SampleImages.patched(image, Map.of(from, by.getBytes(latin())));
  }

  /** A sparse image whose descriptor is also at sector 5. */
  private static byte[] moved(byte[] sparse) {
    byte[] copy = sparse.clone();
    System.arraycopy(sparse, SECTOR, copy, 5 * SECTOR, 15 * SECTOR);
    return copy;
  }

  private static byte[] differencingVdi() throws IOException {
    byte[] vdi = SampleImages.of("vdi", "");
    byte[] parent = new byte[16];
    Arrays.fill(parent, (byte) 0x5A);
    return SampleImages.patched(vdi, Map.of(0x4C, new byte[] {4}, 0x1A8, parent));
  }

  private static byte[] bootRecord(int flag, int type, int start, int sector) {
    ByteBuffer disk = ByteBuffer.allocate(1 << 20).order(ByteOrder.LITTLE_ENDIAN);
    disk.putInt(446, start << 8 | flag).put(450, (byte) type).putInt(454, sector);
    disk.putShort(510, (short) 0xAA55);
    return disk.array();
  }
}
