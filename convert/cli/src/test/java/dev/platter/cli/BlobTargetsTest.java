package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.StubBlobs;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks that become page blobs, in a stub of Azure's service. */
@Timeout(120)
class BlobTargetsTest {
  private static final int SIZE = (20 << 20) + 512;
  private static final int DATA = 200_000;

  @TempDir Path directory;
  private StubBlobs store;
  private Path disk;

  @BeforeEach
  void start() throws IOException {
    store = new StubBlobs();
    disk = directory.resolve("disk.raw");
    byte[] data = new byte[DATA];
    new Random(4).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(SIZE);
      file.seek(7 << 20);
      file.write(data);
    }
  }

  @AfterEach
  void stop() {
    store.close();
  }

  private Run convert(String name, String signature, Object... options) {
    Object[] words = new Object[options.length + 6];
    System.arraycopy(options, 0, words, 3, options.length);
    words[0] = "convert";
    words[1] = "--seed";
    words[2] = "same";
    words[options.length + 3] = "-o";
    words[options.length + 4] = "page_blob=on";
    words[options.length + 5] = store.url(name) + "?" + signature;
    return Run.platter(words);
  }

  /** A blob is what a file would be, and only pages that hold data were sent. */
  @Test
  void areWhatAFileWouldHold() throws IOException {
    Path qcow2 = directory.resolve("disk.qcow2");
    Path file = directory.resolve("disk.vhd");
    Run.platter("convert", "-O", "qcow2", disk, qcow2).mustWork();
    Run made = Run.platter("convert", "--seed", "same", "--for", "azure", disk, file);
    assertEquals(0, made.exitCode(), made.err());
    for (Path source : new Path[] {disk, qcow2}) {
      store.clear();
      Run run = convert("disk.vhd", StubBlobs.SIGNATURE, "--for", "azure", source);
      assertEquals(0, run.exitCode(), run.err());
      assertEquals(made.err(), run.err());
      assertArrayEquals(Files.readAllBytes(file), store.blob("disk.vhd").content());
      assertEquals(0, store.blob("disk.vhd").metadata().size());
      long sent = store.bytesPut();
      assertTrue(sent >= DATA && sent <= DATA + 3 * 4096, sent + " bytes");
    }
  }

  @Test
  @Tag("interop")
  void areReadByOthers() throws IOException {
    Run run = convert("disk.vhd", StubBlobs.SIGNATURE, "--for", "azure", disk);
    assertEquals(0, run.exitCode(), run.err());
    Path file = Files.write(directory.resolve("blob.vhd"), store.blob("disk.vhd").content());
    String info = ExternalTool.qemuImg().mustRun("info", "-f", "vpc", file);
    assertTrue(info.contains("virtual size: 21 MiB"), info);
    String said = ExternalTool.qemuImg().mustRun("compare", "-f", "raw", "-F", "vpc", disk, file);
    assertTrue(said.contains("identical"), said);
  }

  /** What has its tables in front is laid out before. */
  @Test
  void mayBeOfAnyFormatOfWholePages() throws IOException {
    Path file = directory.resolve("disk.qcow2");
    Run.platter("convert", "-O", "qcow2", disk, file).mustWork();
    Run run = convert("disk.qcow2", StubBlobs.SIGNATURE, "-O", "qcow2", disk);
    assertEquals(0, run.exitCode(), run.err());
    assertArrayEquals(Files.readAllBytes(file), store.blob("disk.qcow2").content());
  }

  @Test
  void areMadeOnceOrNotAtAll() throws IOException {
    for (String signature : new String[] {"sv=1&sig=s3cret", "sv=1", StubBlobs.SIGNATURE}) {
      Path gone = directory.resolve("none.raw");
      Path source = signature.equals(StubBlobs.SIGNATURE) ? gone : disk;
      Run run = convert("disk.vhd", signature, "--for", "azure", "-p", source);
      assertEquals(1, run.exitCode());
      assertEquals(1, run.err().lines().count(), run.err());
      assertFalse((run.out() + run.err()).contains("s3cret"), run.out() + run.err());
      assertNull(store.blob("disk.vhd"));
    }
    Run packed = convert("disk.gz", StubBlobs.SIGNATURE, "-O", "raw", "--wrap", "gz", disk);
    assertEquals(1, packed.exitCode());
    assertTrue(packed.err().contains("must be known"), packed.err());
    assertNull(store.blob("disk.gz"));
    String url = store.url("disk.vhd") + "?" + StubBlobs.SIGNATURE;
    Run unsaid = Run.platter("convert", "--for", "azure", disk, url);
    assertEquals(1, unsaid.exitCode());
    assertTrue(unsaid.err().contains("page_blob=on"), unsaid.err());
    assertFalse(unsaid.err().contains("s3cret"), unsaid.err());
  }
}
