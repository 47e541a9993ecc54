package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.qcow2.format.Entries;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Images in use, side by side with QEMU. */
class LiveQcow2InteropTest {
  private static final int SIZE = 4 << 20;

  @TempDir Path directory;
  private final ExternalTool qemuImg = ExternalTool.qemuImg();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "compat=1.1",
        "compat=0.10",
        "cluster_size=512,refcount_bits=1",
        "cluster_size=2M,refcount_bits=64",
        "cluster_size=4k,refcount_bits=8,lazy_refcounts=on",
        "extended_l2=on,cluster_size=16k",
        "extended_l2=on,cluster_size=128k,refcount_bits=32",
        "preallocation=metadata",
        "preallocation=metadata,extended_l2=on",
      })
  void qemuAndWeWriteInTurns(String options) throws IOException {
    turns(options, false, image -> {});
    if (!options.contains("preallocation")) {
      turns(options, true, image -> {});
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"data_file=data,cluster_size=4k", "data_file=raw,data_file_raw=on"})
  void qemuAndWeWriteInTurnsToADataFile(String options) throws IOException {
    String name = options.substring(options.indexOf('=') + 1, options.indexOf(','));
    String inDirectory = options.replace("=" + name + ",", "=" + directory.resolve(name) + ",");
    turns(inDirectory, false, image -> {});
  }

  private void turns(String options, boolean overParent, QemuTurns.Preparation preparation)
      throws IOException {
    QemuTurns.take(new Qcow2Format(), "qcow2", options, directory, SIZE, overParent, preparation);
  }

  /** What a snapshot holds stays; what is written gets clusters and tables of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {"compat=1.1", "compat=0.10,cluster_size=4k", "extended_l2=on,cluster_size=16k"})
  void snapshotsKeepWhatTheyHold(String options) throws IOException {
    Path image = directory.resolve("snapshots.qcow2");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", "-o", options, image, SIZE);
    ExternalTool.qemuIo()
        .mustRun("-f", "qcow2", "-c", "write -q -P 1 0 3M", "-c", "write -q -z 512k 64k", image);
    byte[] first = disk(image);
    qemuImg.mustRun("snapshot", "-c", "one", image);
    writeSome(image, 1);
    byte[] second = disk(image);
    qemuImg.mustRun("snapshot", "-c", "two", image);
    writeSome(image, 2);
    qemuImg.mustRun("check", "-q", image);
    qemuImg.mustRun("snapshot", "-a", "one", image);
    assertArrayEquals(first, disk(image));
    writeSome(image, 3);
    qemuImg.mustRun("snapshot", "-a", "two", image);
    assertArrayEquals(second, disk(image));
    qemuImg.mustRun("snapshot", "-d", "one", image);
    qemuImg.mustRun("snapshot", "-d", "two", image);
    writeSome(image, 4);
    qemuImg.mustRun("check", "-q", image);
  }

  @Test
  void compressedClustersAreWrittenOver() throws IOException {
    Path raw = directory.resolve("source.raw");
    byte[] bytes = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) {
      bytes[i] = (byte) (i >>> 9);
    }
    Files.write(raw, bytes);
    for (String type : List.of("zlib", "zstd")) {
      Path image = directory.resolve(type + ".qcow2");
      qemuImg.mustRun(
          "convert", "-q", "-c", "-O", "qcow2", "-o", "compression_type=" + type, raw, image);
      writeSome(image, 5);
      qemuImg.mustRun("check", "-q", image);
    }
  }

  private byte[] disk(Path image) throws IOException {
    Path raw = directory.resolve("disk.raw");
    qemuImg.mustRun("convert", "-O", "raw", image, raw);
    return Files.readAllBytes(raw);
  }

  /** Writes here and there; QEMU must read what a model holds. */
  private void writeSome(Path image, long seed) throws IOException {
    byte[] model = disk(image);
    Random random = new Random(seed);
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = new GuestDisk(open(storage), List.of())) {
      for (int i = 0; i < 30; i++) {
        int from = random.nextInt(SIZE - 1);
        byte[] bytes = new byte[1 + random.nextInt(Math.min(SIZE - from, 100_000))];
        if (random.nextInt(3) == 0) {
          disk.zero(from, bytes.length, GuestDisk.Space.GIVE_BACK);
        } else {
          random.nextBytes(bytes);
          disk.write(from, MemorySegment.ofArray(bytes));
        }
        System.arraycopy(bytes, 0, model, from, bytes.length);
        if (random.nextInt(8) == 0) {
          disk.flush();
        }
      }
    }
    assertArrayEquals(model, disk(image));
  }

  private static LiveImage open(FileStorage storage) throws IOException {
    return new Qcow2Format().openLive(storage, EditRequest.strict());
  }

  @Test
  void flagsOfFeaturesThatAreNotKnownAreCleared() throws IOException {
    Path image = directory.resolve("autoclear.qcow2");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", image, SIZE);
    putLong(image, 88, 0x80);
    writeSome(image, 7);
    assertEquals(0, Files.readAllBytes(image)[95]);
  }

  @Test
  void aDirtyImageIsPutRightWhenItIsOpened() throws IOException {
    Path image = directory.resolve("dirty.qcow2");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", "-o", "lazy_refcounts=on", image, SIZE);
    // Killed before refcounts were written.
    ExternalTool.qemuIo()
        .run("-f", "qcow2", "-c", "write -q -P 5 0 1M", "-c", "flush", "-c", "sigraise 9", image);
    assertEquals(1, Files.readAllBytes(image)[79] & 1, "the image is dirty");
    writeSome(image, 8);
    assertEquals(0, Files.readAllBytes(image)[79] & 1);
    qemuImg.mustRun("check", "-q", image);
  }

  @Test
  void aCorruptImageIsRefused() throws IOException {
    Path image = directory.resolve("corrupt.qcow2");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", image, SIZE);
    putLong(image, 72, 2);
    byte[] before = Files.readAllBytes(image);
    try (FileStorage storage = FileStorage.openForWriting(image)) {
      assertThrows(CorruptImageException.class, () -> open(storage));
    }
    assertArrayEquals(before, Files.readAllBytes(image));
  }

  /** Refcounts that are lost, and an entry that points to a table: neither is written over. */
  @Test
  void metadataIsNeverWrittenOver() throws IOException {
    Path image = directory.resolve("overlap.qcow2");
    qemuImg.mustRun("create", "-q", "-f", "qcow2", image, SIZE);
    ExternalTool.qemuIo().mustRun("-f", "qcow2", "-c", "write -q -P 1 0 64k", image);
    byte[] sound = Files.readAllBytes(image);
    ByteBuffer bytes = ByteBuffer.wrap(sound);
    long refcountTable = bytes.getLong(48);
    long l1 = bytes.getLong(40);
    long l2 = bytes.getLong((int) l1) & Entries.OFFSET_MASK;
    // Clusters 0 to 5 count as free, the L1 table among them.
    putLong(image, bytes.getLong((int) refcountTable), 0);
    refuses(image, 1 << 20);
    for (long target : new long[] {0x10000, l1, l2, refcountTable}) {
      Files.write(image, sound);
      putLong(image, l2, target | Entries.COPIED);
      refuses(image, 0);
    }
  }

  private static void refuses(Path image, long offset) throws IOException {
    byte[] before = Files.readAllBytes(image);
    try (FileStorage storage = FileStorage.openForWriting(image);
        GuestDisk disk = new GuestDisk(open(storage), List.of())) {
      ImageException e =
          assertThrows(
              ImageException.class, () -> disk.write(offset, MemorySegment.ofArray(new byte[512])));
      assertFalse(e.getMessage().contains("\n"));
    }
    byte[] after = Files.readAllBytes(image);
    assertArrayEquals(Arrays.copyOf(before, 0x10000), Arrays.copyOf(after, 0x10000));
  }

  private static void putLong(Path image, long offset, long value) throws IOException {
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(8).putLong(0, value), offset);
    }
  }
}
