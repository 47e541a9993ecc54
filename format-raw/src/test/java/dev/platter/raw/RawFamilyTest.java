package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.codec.Codecs;
import dev.platter.codec.Encoder;
import dev.platter.codec.Encoding;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels and ramdisks: told by what is in them, and raw in effect. */
class RawFamilyTest {
  private static final ImageFormats FORMATS = ImageFormats.present();

  private static String found(byte[] bytes) throws IOException {
    return FORMATS.probe(MemoryStorage.of("file", bytes)).orElseThrow().name();
  }

  private static Map<String, Object> told(String format, byte[] bytes) throws IOException {
    ImageFormat named = FORMATS.named(format).orElseThrow();
    try (DiskImage image = named.open(MemoryStorage.of("file", bytes), OpenRequest.strict())) {
      assertEquals(format, image.info().format());
      return image.info().more();
    }
  }

  /** The head of a bzImage of protocol 2.15. */
  private static byte[] bzImage(int extendedFlags) {
    ByteBuffer bytes = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort(0x1FE, (short) 0xAA55);
    bytes.put(0x202, "HdrS".getBytes(StandardCharsets.US_ASCII));
    bytes.putShort(0x206, (short) 0x20F).putShort(0x20E, (short) 0x1000).put(0x211, (byte) 1);
    bytes.putShort(0x236, (short) extendedFlags);
    bytes.put(0x1200, "6.1.0-9-amd64 (who@where) #1 SMP".getBytes(StandardCharsets.US_ASCII));
    return bytes.array();
  }

  private static byte[] armImage() {
    ByteBuffer bytes = ByteBuffer.allocate(3 << 20).order(ByteOrder.LITTLE_ENDIAN);
    bytes.put(56, "ARMd".getBytes(StandardCharsets.US_ASCII));
    String banner = "Linux version %s and Linux version 6.12.3-arm64 (who@where)";
    bytes.put((1 << 20) - 20, banner.getBytes(StandardCharsets.US_ASCII));
    return bytes.array();
  }

  private static byte[] cpio(String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      text.append("070701");
      for (int field = 0; field < 13; field++) {
        text.append("%08X".formatted(field == 11 ? name.length() + 1 : field == 6 ? 5 : 0));
      }
      text.append(name).append("\0".repeat(4 - (110 + name.length()) % 4));
      text.append("hello\0\0\0");
    }
    return text.append("070701")
        .append("00000000".repeat(11))
        .append("0000000B00000000TRAILER!!!\0\0\0\0")
        .toString()
        .getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] zstd(byte[] bytes) {
    byte[] packed = new byte[bytes.length + 1024];
    try (Encoder encoder = Codecs.newEncoder(Encoding.ZSTD)) {
      int length = encoder.encode(MemorySegment.ofArray(bytes), MemorySegment.ofArray(packed));
      return Arrays.copyOf(packed, length);
    }
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  @Test
  void aKernelForX86TellsItsVersion() throws IOException {
    assertEquals("aki", found(bzImage(1)));
    assertEquals(
        Map.of("kernel", "Linux bzImage", "architecture", "x86_64", "version", "6.1.0-9-amd64"),
        told("aki", bzImage(1)));
    assertEquals("i686", told("aki", bzImage(0)).get("architecture"));
  }

  @Test
  void theVersionOfAKernelForArmIsLookedFor() throws IOException {
    assertEquals("aki", found(armImage()));
    assertEquals(
        Map.of("kernel", "Linux Image", "architecture", "aarch64", "version", "6.12.3-arm64"),
        told("aki", armImage()));
  }

  @Test
  void aPackedKernelIsOneToo() throws IOException {
    assertEquals("aki", found(gzip(armImage())));
    assertEquals(
        Map.of("kernel", "Linux Image", "architecture", "aarch64", "compression", "gzip"),
        told("aki", gzip(armImage())));
  }

  @Test
  void aRamdiskIsToldByTheArchiveInIt() throws IOException {
    byte[] archive = cpio("init", "etc/fstab");
    assertEquals("ari", found(archive));
    assertEquals("ari", found(gzip(archive)));
    assertEquals("ari", found(zstd(archive)));
    assertEquals(List.of("cpio"), told("ari", archive).get("archives"));
    assertEquals(List.of("cpio, gzip"), told("ari", gzip(archive)).get("archives"));
    assertEquals(List.of("cpio, zstd"), told("ari", zstd(archive)).get("archives"));
  }

  @Test
  void archivesBehindEachOtherAreListed() throws IOException {
    byte[] all = joined(cpio("microcode"), new byte[1000], cpio("more"), gzip(cpio("init")));
    assertEquals("ari", found(all));
    assertEquals(List.of("cpio", "cpio", "cpio, gzip"), told("ari", all).get("archives"));
    byte[] xz = {(byte) 0xFD, '7', 'z', 'X', 'Z', 0};
    assertEquals(List.of("cpio", "xz"), told("ari", joined(cpio("microcode"), xz)).get("archives"));
  }

  @Test
  void whatIsPackedAndNoArchiveIsNoRamdisk() throws IOException {
    byte[] noise = new byte[100_000];
    new Random(3).nextBytes(noise);
    for (byte[] bytes : List.of(gzip(noise), zstd(noise), gzip(new byte[0]), gzip(new byte[9]))) {
      assertEquals("raw", found(bytes));
      assertEquals("raw", found(Arrays.copyOf(bytes, 12)));
    }
  }

  @Test
  void aFileSystemWithoutPartitionsIsARawDisk() throws IOException {
    ByteBuffer disk = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);
    disk.putShort(1080, (short) 0xEF53);
    assertEquals("raw", found(disk.array()));
  }

  @Test
  void qemuImgsProbeTakesAllOfThemForRaw() throws IOException {
    for (byte[] bytes : List.of(bzImage(1), cpio("init"), gzip(cpio("init")))) {
      MemoryStorage storage = MemoryStorage.of("file", bytes);
      assertEquals("raw", FORMATS.withoutTails().probe(storage).orElseThrow().name());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"aki", "ari"})
  void anyBytesAreTakenByNameAndReadAsTheyAre(String name) throws IOException {
    byte[] bytes = new byte[1024];
    new Random(4).nextBytes(bytes);
    assertEquals(Map.of(), told(name, bytes));
    ImageFormat format = FORMATS.named(name).orElseThrow();
    MemoryStorage storage = MemoryStorage.of("file", bytes);
    byte[] read = new byte[bytes.length];
    try (DiskImage image = format.open(storage, OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      reader.read(image.map(), 0, MemorySegment.ofArray(read));
    }
    assertArrayEquals(bytes, read);
  }

  /** Whatever a file says, telling of it ends, and with nothing worse than no answer. */
  @Property(tries = 300)
  void changedFilesAreToldOfOrNot(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<byte[]> files =
        List.of(
            bzImage(1),
            joined(cpio("a", "b"), new byte[8], gzip(cpio("c"))),
            gzip(cpio("init")),
            zstd(cpio("init")));
    byte[] bytes = files.get(random.nextInt(files.size())).clone();
    for (int i = 0; i < 4; i++) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
    String format = found(bytes);
    told(FORMATS.named(format).isEmpty() || format.equals("raw") ? "ari" : format, bytes);
  }
}
