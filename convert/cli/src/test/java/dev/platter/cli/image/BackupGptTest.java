package dev.platter.cli.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.Run;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the backup GPT of a disk that grows; sgdisk and sfdisk are the judges. */
@Tag("interop")
class BackupGptTest {
  /** No whole MiB, so that Azure's rounding adds something. */
  private static final int DISK = (8 << 20) + 5 * 512;

  private static final int PARTITION = 1 << 20;
  private static final String STRANDED =
      "platter: warning: the backup GPT is not at the end of the larger disk: --fix-gpt moves it"
          + " there\n";

  @TempDir Path directory;
  private Path raw;
  private byte[] content;

  @BeforeEach
  void makeADisk() throws IOException {
    raw = Files.write(directory.resolve("disk.raw"), new byte[DISK]);
    ExternalTool.named("sgdisk").mustRun("-n", "1:2048:4095", "-n", "7:4096:0", raw);
    content = Files.readAllBytes(raw);
    byte[] data = new byte[PARTITION];
    new Random(2).nextBytes(data);
    System.arraycopy(data, 0, content, PARTITION, PARTITION);
    Files.write(raw, content);
  }

  private static void assertWhole(Path disk) throws IOException {
    String verdict = ExternalTool.named("sgdisk").mustRun("-v", disk);
    assertTrue(verdict.contains("No problems found"), verdict);
    String other = ExternalTool.named("sfdisk").mustRun("--verify", disk);
    assertTrue(!other.contains("corrupt") && !other.contains("mismatch"), other);
  }

  /** All but the tables is what it was. */
  private void assertKept(Path disk) throws IOException {
    byte[] after = Files.readAllBytes(disk);
    int end = DISK - 33 * 512;
    assertArrayEquals(Arrays.copyOfRange(content, 1024, end), Arrays.copyOfRange(after, 1024, end));
  }

  @ParameterizedTest
  @ValueSource(strings = {"+512", "+8k", "+20k", "+1M", "+3T"})
  void aRawDiskIsMovedInPlace(String more) throws IOException {
    Run.platter("resize", "--fix-gpt", raw, more).mustWork();
    assertWhole(raw);
    if (!more.equals("+3T")) {
      assertKept(raw);
    }
  }

  @Test
  void aTableForSectorsOf4096BytesIsMoved() throws IOException {
    Path large = Files.write(directory.resolve("large.raw"), new byte[16 << 20]);
    ExternalTool.named("sh")
        .mustRun("-c", "printf 'g\\nn\\n\\n\\n\\nw\\n' | fdisk -b 4096 \"$0\" 2>&1", large);
    byte[] before = Files.readAllBytes(large);
    Run.platter("resize", "--fix-gpt", large, "+1M").mustWork();
    String verdict =
        ExternalTool.named("sh")
            .mustRun("-c", "printf 'v\\nq\\n' | fdisk -b 4096 \"$0\" 2>&1", large);
    assertTrue(verdict.contains("No errors detected"), verdict);
    assertTrue(!verdict.contains("corrupt") && !verdict.contains("mismatch"), verdict);
    byte[] after = Files.readAllBytes(large);
    assertArrayEquals(
        Arrays.copyOfRange(before, 8192, before.length - 5 * 4096),
        Arrays.copyOfRange(after, 8192, before.length - 5 * 4096));
  }

  @ParameterizedTest
  @ValueSource(strings = {"qcow2", "vdi"})
  void anImageIsMovedInPlace(String format) throws IOException {
    Path image = directory.resolve("disk.img");
    Run.platter("convert", "-O", format, raw, image).mustWork();
    assertEquals("Image resized.\n", Run.platter("resize", "--fix-gpt", image, "+5M").mustWork());
    Path copy = directory.resolve("copy.raw");
    Run.platter("convert", image, copy).mustWork();
    assertWhole(copy);
    assertKept(copy);
    Run.platter("check", image).mustWork();
  }

  @Test
  void isToldWhereItIsNotAskedForAndCanBeMovedLater() throws IOException {
    Run run = Run.platter("resize", raw, "+1M");
    assertEquals(0, run.exitCode());
    assertEquals(STRANDED, run.err());
    Run.platter("resize", "--fix-gpt", raw, "+0").mustWork();
    assertWhole(raw);
    Run.qemuImg("resize", "-f", "raw", raw, "+1M").mustWork();
  }

  @Test
  void isNotMovedWhereItCannotBeTrusted() throws IOException {
    for (int offset : new int[] {512 + 60, 1024 + 40, DISK - 512 + 60, DISK - 33 * 512 + 40}) {
      byte[] damaged = content.clone();
      damaged[offset] ^= 1;
      Files.write(raw, damaged);
      Run run = Run.platter("resize", "--fix-gpt", raw, "+1M");
      assertEquals(1, run.exitCode());
      assertTrue(run.err().startsWith("platter: the backup GPT cannot be moved: "), run.err());
      assertArrayEquals(damaged, Files.readAllBytes(raw));
      assertEquals(0, Run.platter("resize", raw, "+1M").exitCode());
    }
  }

  /** The last sector of a partition would be the first of the backup. */
  @Test
  void isNotMovedOntoAPartition() throws IOException {
    byte[] full = content.clone();
    ByteBuffer bytes = ByteBuffer.wrap(full).order(ByteOrder.LITTLE_ENDIAN);
    for (int entries : new int[] {1024, DISK - 33 * 512}) {
      bytes.putLong(entries + 6 * 128 + 40, DISK / 512 - 32);
    }
    seal(bytes, 512, 1024);
    seal(bytes, DISK - 512, DISK - 33 * 512);
    Files.write(raw, full);
    Run run = Run.platter("resize", "--fix-gpt", raw, "+512");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("the GPT's backup would begin at sector"), run.err());
    assertArrayEquals(full, Files.readAllBytes(raw));
  }

  private static void seal(ByteBuffer disk, int header, int entries) {
    CRC32 crc = new CRC32();
    crc.update(disk.slice(entries, 128 * 128));
    disk.putInt(header + 88, (int) crc.getValue());
    disk.putInt(header + 16, 0);
    crc.reset();
    crc.update(disk.slice(header, 92));
    disk.putInt(header + 16, (int) crc.getValue());
  }

  @Test
  void isNotMovedToWhereSomethingLies() throws IOException {
    Run.qemuImg("resize", "-f", "raw", raw, "+1M").mustWork();
    byte[] larger = Files.readAllBytes(raw);
    larger[larger.length - 5000] = 1;
    Files.write(raw, larger);
    Run run = Run.platter("resize", "--fix-gpt", raw, "+0");
    assertEquals(1, run.exitCode());
    assertTrue(run.err().contains("something lies where"), run.err());
    assertArrayEquals(larger, Files.readAllBytes(raw));
  }

  @Test
  void disksWithoutAGptAreLeftAlone() throws IOException {
    Path plain = Files.write(directory.resolve("plain.raw"), new byte[DISK]);
    Run.platter("resize", "--fix-gpt", plain, "+1M").mustWork();
    Run.platter("resize", plain, "+1M").mustWork();
    assertEquals(-1, Arrays.mismatch(new byte[DISK + (2 << 20)], Files.readAllBytes(plain)));
  }

  @Test
  void azureGetsItAtTheEnd() throws IOException {
    Path vhd = directory.resolve("azure.vhd");
    Run run = Run.platter("convert", "-O", "vpc", "-o", "profile=azure", raw, vhd);
    assertEquals(0, run.exitCode());
    assertTrue(run.err().contains("its backup GPT moved"), run.err());
    Path copy = directory.resolve("copy.raw");
    Run.platter("convert", "-f", "vpc", vhd, copy).mustWork();
    assertEquals(9 << 20, Files.size(copy));
    assertWhole(copy);
    assertKept(copy);
  }

  @Test
  void roundingMovesItUnlessToldNotTo() throws IOException {
    Path copy = directory.resolve("copy.raw");
    assertEquals(0, Run.platter("convert", "--round-size", "16M", raw, copy).exitCode());
    assertEquals(16 << 20, Files.size(copy));
    assertWhole(copy);
    assertKept(copy);
    Run left = Run.platter("convert", "--round-size", "16M", "--no-fix-gpt", raw, copy);
    assertEquals(STRANDED, left.err());
    assertEquals(-1, Arrays.mismatch(content, Arrays.copyOf(Files.readAllBytes(copy), DISK)));
  }

  @Test
  void aGeometryMovesItWhenAsked() throws IOException {
    Path vhd = directory.resolve("disk.vhd");
    assertEquals(STRANDED, Run.platter("convert", "-O", "vpc", raw, vhd).err());
    Run.qemuImg("convert", "-O", "vpc", raw, vhd).mustWork();
    assertEquals(0, Run.platter("convert", "-O", "vpc", "--fix-gpt", raw, vhd).exitCode());
    Path copy = directory.resolve("copy.raw");
    Run.platter("convert", vhd, copy).mustWork();
    assertWhole(copy);
    assertKept(copy);
  }
}
