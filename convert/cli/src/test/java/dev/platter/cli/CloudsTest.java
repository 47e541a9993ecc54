package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code --for} makes is what other programs see in it, and what clouds refuse is refused. */
@Tag("interop")
class CloudsTest {
  private static final int SIZE = (20 << 20) + 512;

  @TempDir Path directory;
  private Path disk;
  private byte[] data;

  @BeforeEach
  void makeDisk() throws IOException {
    disk = directory.resolve("disk.img");
    data = new byte[200_000];
    new Random(4).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(SIZE);
      file.seek(7 << 20);
      file.write(data);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "aws,vmdk,vmdk,20972032",
    "aws,vhd,vpc,20972032",
    "aws,vhdx,vhdx,20972032",
    "aws,raw,raw,20972032",
    "azure,vhd,vpc,22020096",
    "vsphere,vmdk,vmdk,20972032",
    "hyperv,vhdx,vhdx,20972032",
    "hyperv,VHD,vpc,20972032",
    "openstack,qcow2,qcow2,20972032",
    "openstack,img,raw,20972032"
  })
  void whatIsMadeIsWhatTheNameSays(String cloud, String ending, String format, long size)
      throws IOException {
    Path made = directory.resolve("made." + ending);
    Run run = Run.platter("convert", "--for", cloud, disk, made);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(size == SIZE ? "" : "whole MiB", wordsOf(run));
    Path back = directory.resolve("back.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", format, "-O", "raw", made, back);
    assertEquals(size, Files.size(back));
    byte[] content = Files.readAllBytes(back);
    assertArrayEquals(Files.readAllBytes(disk), Arrays.copyOf(content, SIZE));
  }

  /** Whether the user is told that the disk became larger. */
  private static String wordsOf(Run run) {
    return run.err().contains("whole MiB") ? "whole MiB" : run.err();
  }

  @Test
  void azureTakesAFixedDiskOfWholeMebibytes() throws IOException {
    Path made = directory.resolve("made.vhd");
    assertEquals("whole MiB", wordsOf(Run.platter("convert", "--for", "azure", disk, made)));
    assertEquals((21 << 20) + 512, Files.size(made));
    byte[] file = Files.readAllBytes(made);
    int footer = 21 << 20;
    assertEquals("conectix", new String(file, footer, 8, StandardCharsets.US_ASCII));
    assertEquals(2, file[footer + 63], "the kind of a fixed disk");
  }

  @Test
  void awsAndVsphereTakeAStreamOptimizedDisk() throws IOException {
    for (String cloud : new String[] {"aws", "vsphere"}) {
      Path made = directory.resolve(cloud + ".vmdk");
      Run.platter("convert", "--for", cloud, disk, made).mustWork();
      String text = new String(Files.readAllBytes(made), StandardCharsets.ISO_8859_1);
      assertTrue(text.contains("createType=\"streamOptimized\""), cloud);
    }
  }

  /** GNU tar sees the one file in GNU's old form, of whole GiB. */
  @Test
  void googleTakesAnArchiveOfWholeGibibytes() throws IOException {
    Path made = directory.resolve("made.tar.gz");
    Run.platter("convert", "--for", "gcp", disk, made).mustWork();
    String list = ExternalTool.named("tar").mustRun("-tvzf", made);
    assertTrue(list.matches("-\\S+ \\S+ +1073741824 \\S+ \\S+ disk\\.raw\\R"), list);
    byte[] block;
    try (var unpacked = new java.util.zip.GZIPInputStream(Files.newInputStream(made))) {
      block = unpacked.readNBytes(512);
    }
    assertEquals("ustar  \0", new String(block, 257, 8, StandardCharsets.US_ASCII));
    ExternalTool.named("tar").mustRun("-C", directory, "-xzSf", made);
    try (RandomAccessFile file =
        new RandomAccessFile(directory.resolve("disk.raw").toFile(), "r")) {
      byte[] read = new byte[data.length];
      file.seek(7 << 20);
      file.readFully(read);
      assertArrayEquals(data, read);
    }
  }

  @Test
  void whatAddsToItIsTaken() {
    Path made = directory.resolve("made.qcow2");
    Run.platter(
            "convert",
            "-c",
            "--for",
            "openstack",
            "-O",
            "qcow2",
            "-o",
            "cluster_size=128k",
            disk,
            made)
        .mustWork();
    String info = Run.qemuImg("info", made).out();
    assertTrue(info.contains("cluster_size: 131072"), info);
  }

  private void isRefused(String reason, Object... words) {
    Run run = Run.platter(words);
    assertEquals(1, run.exitCode(), run.err());
    assertTrue(run.err().contains(reason), run.err());
    assertFalse(run.err().strip().contains("\n"), run.err());
    assertFalse(Files.exists(Path.of(words[words.length - 1].toString())), run.err());
  }

  @Test
  void whatACloudRefusesIsRefusedWithTheReason() {
    isRefused(
        "takes files whose names end in .tar.gz",
        "convert",
        "--for",
        "gcp",
        disk,
        directory.resolve("x.raw"));
    isRefused(
        "-O qcow2: Azure takes vpc",
        "convert",
        "--for",
        "azure",
        "-O",
        "qcow2",
        disk,
        directory.resolve("x.vhd"));
    isRefused(
        "multiples of 1 GiB",
        "convert",
        "--for",
        "gcp",
        "--round-size",
        "1M",
        disk,
        directory.resolve("x.tar.gz"));
    isRefused(
        "--for expects one of gcp, aws",
        "convert",
        "--for",
        "moon",
        disk,
        directory.resolve("x.vhd"));
    isRefused(
        "needs no other",
        "convert",
        "--for",
        "openstack",
        "-B",
        disk,
        "-F",
        "raw",
        disk,
        directory.resolve("x.qcow2"));
  }

  @Test
  void aDiskThatIsTooLargeIsRefused() throws IOException {
    Path large = directory.resolve("large.qcow2");
    Run.platter("create", "-f", "qcow2", large, "3T").mustWork();
    isRefused(
        "at most 2048 GiB as tar.gz, this one has 3298534883328 bytes",
        "convert",
        "--for",
        "gcp",
        large,
        directory.resolve("x.tar.gz"));
    isRefused(
        "at most 2040 GiB as vhd", "convert", "--for", "hyperv", large, directory.resolve("x.vhd"));
  }
}
