package dev.platter.dmg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.DiskImage;
import dev.platter.image.spi.OpenRequest;
import dev.platter.legacy.Disks;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a check finds: checksums of each kind that do not fit, and chunks that do not decode. */
class DmgCheckTest {
  @TempDir Path directory;
  private final byte[] content = Disks.random(1 << 20, 3);
  private final UdifWriter writer = new UdifWriter();
  private byte[] image;

  /** Three parts, zeros that count and zeros that do not among them. */
  @BeforeEach
  void build() throws IOException {
    writer.checksums = true;
    Arrays.fill(content, 100 << 10, 300 << 10, (byte) 0);
    writer.part("one", Arrays.copyOf(content, 400 << 10), 32, UdifWriter.ZLIB, UdifWriter.ADC);
    writer.part("two", Arrays.copyOfRange(content, 400 << 10, 600 << 10), 64, UdifWriter.RAW);
    writer.part("three", Arrays.copyOfRange(content, 600 << 10, 1 << 20), 64, UdifWriter.XZ);
    image = writer.build();
  }

  private CheckReport check(byte[] bytes) throws IOException {
    Path file = directory.resolve("disk.dmg");
    Files.write(file, bytes);
    try (FileStorage storage = FileStorage.openForReading(file);
        DiskImage opened = new DmgFormat().open(storage, OpenRequest.strict())) {
      return opened.check().orElseThrow();
    }
  }

  private void assertFinds(byte[] bytes, String... messages) throws IOException {
    CheckReport report = check(bytes);
    assertEquals(messages.length, report.corruptions(), report::toString);
    for (int i = 0; i < messages.length; i++) {
      String found = report.messages().get(i);
      assertTrue(found.contains(messages[i]), found);
    }
  }

  @Test
  void aSoundImageHasNothing() throws IOException {
    CheckReport report = check(image);
    assertEquals(List.of(), report.messages());
    assertEquals(0, report.corruptions());
    assertEquals(image.length, report.imageEndOffset());
  }

  @Test
  void anImageWithoutChecksumsIsReadAllTheSame() throws IOException {
    UdifWriter plain = new UdifWriter();
    plain.part("one", Arrays.copyOf(content, 64 << 10), 64, UdifWriter.ZLIB);
    byte[] bytes = plain.build();
    assertFinds(bytes);
    bytes[20] ^= 0x40;
    assertEquals(1, check(bytes).corruptions());
  }

  /** A byte of a chunk that is stored as it is: only checksums tell. */
  @Test
  void aChangedByteIsFoundByThePartAndByTheData() throws IOException {
    ByteBuffer chunk = ByteBuffer.wrap(writer.table(1), UdifWriter.HEADER + 40 + 24, 8);
    image[(int) chunk.getLong() + 5] ^= 1;
    assertFinds(image, "the CRC-32 of the data is 0x", "the CRC-32 of part 'two' is 0x");
  }

  @Test
  void theChecksumOfChecksumsIsHeldAgainstThem() throws IOException {
    image[image.length - 512 + 360] ^= 1;
    assertFinds(image, "the CRC-32 of the checksums of all parts is 0x");
  }

  @Test
  void dataThatEndBehindTheFileAreFound() throws IOException {
    ByteBuffer.wrap(image).putLong(image.length - 512 + 32, 1L << 60);
    assertFinds(image, "the data begin at 0x0 with 0x1000000000000000 bytes, past the trailer");
  }

  @Test
  void aKindThatIsNotVerifiedIsSaidAndIsNoFault() throws IOException {
    ByteBuffer.wrap(image).putInt(image.length - 512 + 80, 4);
    CheckReport report = check(image);
    assertEquals(0, report.corruptions());
    assertEquals(
        List.of("not verified: the checksum of the data, of kind 4 with 32 bits"),
        report.messages());
  }

  @Test
  void zerosOfAnyLengthAreAddedAtOnce() {
    byte[] bytes = new byte[70_001];
    new Random(5).nextBytes(bytes);
    Arrays.fill(bytes, 1000, 66_543, (byte) 0);
    CRC32 expected = new CRC32();
    expected.update(bytes);
    LongCrc32 crc = new LongCrc32();
    crc.add(ByteBuffer.wrap(bytes, 0, 1000));
    crc.addZeros(65_543);
    crc.add(ByteBuffer.wrap(bytes, 66_543, bytes.length - 66_543));
    crc.addZeros(0);
    assertEquals((int) expected.getValue(), crc.value());
    crc.addZeros(Long.MAX_VALUE);
  }

  @Test
  @Tag("interop")
  void sevenZipHasTheSameChecksums() throws IOException {
    Path file = directory.resolve("disk.dmg");
    Files.write(file, image);
    ExternalTool zip = ExternalTool.named("7zz");
    zip.mustRun("t", "-tdmg", file);
    ByteBuffer chunk = ByteBuffer.wrap(writer.table(1), UdifWriter.HEADER + 40 + 24, 8);
    image[(int) chunk.getLong() + 5] ^= 1;
    Files.write(file, image);
    assertTrue(zip.run("t", "-tdmg", file).toString().contains("CRC Failed"));
  }
}
