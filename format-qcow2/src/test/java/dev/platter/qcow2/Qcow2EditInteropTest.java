package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images changed in place, judged by qemu-img. */
@Tag("interop")
class Qcow2EditInteropTest {
  @TempDir Path directory;

  private Path make(String options, String... commands) {
    Path image = directory.resolve("disk.qcow2");
    ExternalTool.qemuImg().mustRun("create", "-q", "-f", "qcow2", "-o", options, image, "5M");
    for (String command : commands) {
      ExternalTool.qemuIo().mustRun("-f", "qcow2", "-c", command, image);
    }
    return image;
  }

  private static void resize(Path image, ResizeRequest request) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = new Qcow2Format().edit(storage, EditRequest.strict())) {
      editor.resize(request);
    }
  }

  private static RepairReport repair(Path image, Repair extent) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = new Qcow2Format().edit(storage, EditRequest.strict())) {
      return editor.repair(extent);
    }
  }

  private Path raw(Path image) {
    Path raw = directory.resolve(image.getFileName() + ".raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", "qcow2", "-O", "raw", image, raw);
    return raw;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=512,refcount_bits=64",
        "cluster_size=4k,compat=0.10",
        "cluster_size=16k,extended_l2=on",
        "cluster_size=2M,refcount_bits=1",
        "cluster_size=64k,compression_type=zstd"
      })
  void qemuImgFindsTheSameDiskAndNoFault(String options) throws IOException {
    Path image =
        make(
            options,
            "write -c -P 5 2M 2M",
            "write -P 17 0 64k",
            "write -P 3 3M 2M",
            "write -P 9 4100k 512");
    byte[] model = Files.readAllBytes(raw(image));
    // The largest needs a longer L1 table and, with small clusters, a longer refcount table.
    for (long size : new long[] {(5L << 20) + 512, 30L << 30, 4099L << 10, 2L << 20, 9L << 20}) {
      resize(image, new ResizeRequest(size));
      ExternalTool.qemuImg().mustRun("check", "-q", "-f", "qcow2", image);
      if (size > 1L << 30) {
        resize(image, new ResizeRequest(20L << 20));
        ExternalTool.qemuImg().mustRun("check", "-q", "-f", "qcow2", image);
        model = Arrays.copyOf(model, 20 << 20);
      } else {
        model = Arrays.copyOf(model, (int) size);
      }
      assertArrayEquals(model, Files.readAllBytes(raw(image)));
      ExternalTool.qemuIo().mustRun("-f", "qcow2", "-c", "write -P 1 1M 64k", image);
      Arrays.fill(model, 1 << 20, (1 << 20) + (64 << 10), (byte) 1);
    }
  }

  /** Takes the entry of a cluster out of the first L2 table, and answers where it pointed. */
  private static long forget(RandomAccessFile file, int index) throws IOException {
    long at = l2(file) + 8L * index;
    file.seek(at);
    long entry = file.readLong() & Entries.OFFSET_MASK;
    file.seek(at);
    file.writeLong(0);
    return entry;
  }

  private static long l2(RandomAccessFile file) throws IOException {
    file.seek(40);
    file.seek(file.readLong());
    return file.readLong() & Entries.OFFSET_MASK;
  }

  @Test
  void leaksAreGivenBackInQemuImgsWords() throws IOException {
    Path image = make("cluster_size=64k", "write -P 17 0 1M");
    long cluster;
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      cluster = forget(file, 1) >>> 16;
      forget(file, 5);
    }
    Path same = Files.copy(image, directory.resolve("same.qcow2"));
    RepairReport report = repair(image, Repair.LEAKS);
    assertEquals(2, report.leaksFixed());
    assertEquals(0, report.after().leaks());
    assertEquals(
        "Repairing cluster " + cluster + " refcount=1 reference=0",
        report.found().messages().get(2));
    String theirs = ExternalTool.qemuImg().run("check", "-r", "leaks", same).mustExit(0).stderr();
    assertEquals(theirs.strip(), String.join("\n", report.found().messages()));
    ExternalTool.qemuImg().mustRun("check", "-q", image);
    assertArrayEquals(Files.readAllBytes(raw(same)), Files.readAllBytes(raw(image)));
  }

  @Test
  void refcountsThatAreTooLowAndWrongFlagsAreOnlyForAll() throws IOException {
    Path image = make("cluster_size=64k", "write -P 17 0 1M");
    byte[] model = Files.readAllBytes(raw(image));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      long l2 = l2(file);
      file.seek(l2 + 8);
      long entry = file.readLong();
      file.seek(l2 + 16);
      long flagless = file.readLong() & ~Entries.COPIED;
      file.seek(l2 + 16);
      file.writeLong(flagless);
      file.seek(48);
      file.seek(file.readLong());
      file.seek(file.readLong() + 2 * ((entry & Entries.OFFSET_MASK) >>> 16));
      file.writeShort(0);
    }
    assertThrows(CorruptImageException.class, () -> repair(image, Repair.LEAKS));
    ExternalTool.qemuImg().run("check", "-r", "leaks", image).mustExit(1);
    RepairReport report = repair(image, Repair.ALL);
    assertTrue(report.corruptionsFixed() >= 2, report.toString());
    assertEquals(0, report.after().corruptions(), report.toString());
    ExternalTool.qemuImg().mustRun("check", "-q", image);
    assertArrayEquals(model, Files.readAllBytes(raw(image)));
  }

  @Test
  void aRefcountBlockThatIsLostIsMadeAnew() throws IOException {
    Path image = make("cluster_size=4k", "write -P 17 0 1M");
    byte[] model = Files.readAllBytes(raw(image));
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.seek(48);
      file.seek(file.readLong());
      file.writeLong(0);
    }
    RepairReport report = repair(image, Repair.ALL);
    assertEquals(0, report.after().corruptions() + report.after().leaks(), report.toString());
    ExternalTool.qemuImg().mustRun("check", "-q", image);
    assertArrayEquals(model, Files.readAllBytes(raw(image)));
  }
}
