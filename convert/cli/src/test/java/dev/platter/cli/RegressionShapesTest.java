package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cli.source.Source;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Shapes of images that have corrupted disks elsewhere: the same commands to qemu-img and to us,
 * and qemu-img judges what both disks hold afterwards.
 */
@Tag("interop")
class RegressionShapesTest {
  @TempDir Path directory;
  private Twins twins;

  @BeforeEach
  void makeTwins() throws IOException {
    twins = new Twins(directory);
  }

  /** Zeros over data keep the place of the data, zeros over nothing have none. */
  private static final String ZEROS =
      "io -c 'write -P 7 1M 512k' -c 'write -z 1M 128k' -c 'write -z 2M 128k'"
          + " -c 'write -zu 1280k 64k' top.qcow2";

  @Test
  void zerosWithAndWithoutAPlaceUnderCommit() throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 4M",
        "io -c 'write -P 1 0 4M' base.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 4M",
        ZEROS);
    twins.both("commit -d @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
    twins.both("commit @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
  }

  @Test
  void zerosWithAndWithoutAPlaceUnderRebase() throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 4M",
        "io -c 'write -P 1 0 4M' base.qcow2",
        "img create -q -f qcow2 new.qcow2 4M",
        "io -c 'write -P 2 1M 2M' new.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 4M",
        ZEROS);
    twins.both("rebase -b new.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
  }

  /** QEMU's shrinking gives refcount blocks up in the middle of the table. */
  @Test
  void sparseRefcountTablesAfterDiscardAndShrink() throws IOException {
    String options = "cluster_size=512,refcount_bits=64";
    twins.made(
        "img create -q -f qcow2 base.qcow2 1M",
        "io -c 'write -P 1 0 1M' base.qcow2",
        "img create -q -f qcow2 -o " + options + " -b base.qcow2 -F qcow2 top.qcow2 4M",
        "io -c 'write -P 2 0 4M' -c 'discard 64k 3M' top.qcow2",
        "img resize -q --shrink top.qcow2 1M");
    twins.both("snapshot -c one @top.qcow2");
    twins.same("top.qcow2");
    twins.both("resize -q @top.qcow2 2M");
    twins.write("top.qcow2", "write -P 3 100k 1500k");
    twins.both("commit -d @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
    twins.both("rebase -b '' @top.qcow2");
    twins.same("top.qcow2");
    twins.both("snapshot -d one @top.qcow2");
    twins.same("top.qcow2");
  }

  @Test
  void subclustersUnderRebase() throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 3M",
        "io -c 'write -P 1 0 3M' base.qcow2",
        "img create -q -f qcow2 new.qcow2 3M",
        "io -c 'write -P 1 0 1M' -c 'write -P 2 1M 100k' new.qcow2",
        "img create -q -f qcow2 -o extended_l2=on -b base.qcow2 -F qcow2 top.qcow2 3M",
        "io -c 'write -P 5 3k 1k' -c 'write -z 1030k 6k' -c 'write -P 6 1090k 1k' top.qcow2");
    twins.both("rebase -b new.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
    twins.both("rebase -b '' @top.qcow2");
    twins.same("top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"zlib", "zstd"})
  void compressedClustersUnderCommit(String compression) throws IOException {
    String options = "-o cluster_size=4k,compression_type=" + compression;
    twins.made(
        "img create -q -f qcow2 " + options + " base.qcow2 2M",
        "io -c 'write -c -P 1 0 1M' base.qcow2",
        "img create -q -f qcow2 " + options + " -b base.qcow2 -F qcow2 top.qcow2 2M",
        "io -c 'write -c -P 2 512k 1M' -c 'write -P 3 5k 1k' top.qcow2");
    twins.both("commit -d @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
    twins.both("commit @top.qcow2");
    twins.same("base.qcow2", "top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit @top.qcow2", "rebase -b new.qcow2 -F qcow2 @top.qcow2"})
  void snapshotsAboveAndBelow(String command) throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 2M",
        "io -c 'write -P 1 0 2M' base.qcow2",
        "img snapshot -c below base.qcow2",
        "img create -q -f qcow2 new.qcow2 2M",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 2M",
        "io -c 'write -P 2 100k 64k' top.qcow2",
        "img snapshot -c above top.qcow2",
        "io -c 'write -P 3 130k 200k' top.qcow2");
    twins.both(command);
    twins.same("base.qcow2", "top.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1M", "3M"})
  void backingFilesShorterAndLongerThanTheOverlay(String size) throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 " + size,
        "io -c 'write -P 1 0 1M' base.qcow2",
        "img create -q -f qcow2 new.qcow2 1500k",
        "io -c 'write -P 4 0 1500k' new.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 2M",
        "io -c 'write -P 2 900k 300k' top.qcow2");
    twins.both("rebase -b new.qcow2 -F qcow2 @top.qcow2");
    twins.same("top.qcow2");
    twins.both("commit @top.qcow2");
    twins.same("new.qcow2", "top.qcow2");
  }

  @Test
  void zerosThatAreDetectedAndGivenBackHideTheBackingFile() throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 1M",
        "io -c 'write -P 1 0 1M' base.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 1M",
        "img create -q -f raw -o preallocation=full zeros.raw 1M",
        "io -f raw -c 'write -P 5 100k 3k' zeros.raw");
    Path top = twins.ours("top.qcow2");
    String options = "driver=qcow2,discard=unmap,detect-zeroes=unmap,file.filename=";
    Path zeros = twins.ours("zeros.raw");
    Run run =
        Run.qemuImg("convert", "-n", "-f", "raw", "--target-image-opts", zeros, options + top);
    assertEquals(0, run.exitCode(), run.err());
    ExternalTool.qemuImg().run("compare", "-F", "raw", top, zeros).mustExit(0);
    ExternalTool.qemuImg().run("check", "-q", top).mustExit(0);
  }

  /**
   * A discard that comes while a write fills the rest of its cluster from below waits for it: given
   * back at once, the cluster would become somebody else's while the write still goes there.
   */
  @Test
  void aDiscardDuringAWriteWithCopyOnWrite() throws Exception {
    twins.made(
        "img create -q -f qcow2 base.qcow2 1M",
        "io -c 'write -P 1 0 1M' base.qcow2",
        "img create -q -f qcow2 -b base.qcow2 -F qcow2 top.qcow2 1M");
    Path top = twins.ours("top.qcow2");
    try (WritableStorage storage = FileStorage.openForWriting(top)) {
      ImageFormat format = Source.FORMATS.named("qcow2").orElseThrow();
      AtomicReference<Thread> waiting = new AtomicReference<>();
      AtomicReference<GuestDisk> opened = new AtomicReference<>();
      BlockMap below =
          new Ones(
              1 << 20,
              () -> {
                if (waiting.get() == null) {
                  waiting.set(Thread.ofPlatform().start(() -> discard(opened.get())));
                  untilItWaits(waiting.get());
                }
              });
      LiveImage live = format.openLive(storage, EditRequest.strict());
      try (GuestDisk disk = new GuestDisk(live, List.of(below))) {
        opened.set(disk);
        byte[] twos = new byte[4096];
        Arrays.fill(twos, (byte) 2);
        disk.write(8192, MemorySegment.ofArray(twos));
        waiting.get().join();
        disk.write(1 << 17, MemorySegment.ofArray(twos));
      }
    }
    ExternalTool.qemuImg().run("check", "-q", top).mustExit(0);
    ExternalTool.qemuIo()
        .run("-c", "read -P 0 0 64k", "-c", "read -P 2 128k 4k", "-c", "read -P 1 132k 60k", top)
        .mustExit(0);
  }

  private static void discard(GuestDisk disk) {
    try {
      disk.discard(0, 1 << 16);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void untilItWaits(Thread thread) {
    while (thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW) {
      Thread.onSpinWait();
    }
    assertTrue(thread.isAlive(), "the discard has come to its end during the write");
  }

  /** A disk of ones that runs something when it is read. */
  private record Ones(long size, Runnable beforeRead) implements BlockMap {
    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      Storage ones =
          new Storage("ones") {
            @Override
            public long size() {
              return size;
            }

            @Override
            public long allocatedSize() {
              return size;
            }

            @Override
            protected long readSome(long at, MemorySegment target) {
              beforeRead.run();
              target.fill((byte) 1);
              return target.byteSize();
            }

            @Override
            public void close() {}
          };
      return new Extent.Data(offset, limit - offset, ones, offset);
    }
  }

  /** What is compressed by rebase holds the same, and takes less space. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cluster_size=64k",
        "cluster_size=4k,refcount_bits=2",
        "cluster_size=2M,refcount_bits=64",
        "cluster_size=16k,extended_l2=on,compression_type=zstd",
        "cluster_size=512",
        "compat=0.10"
      })
  void aRebaseThatCompressesKeepsTheDisk(String options) throws IOException {
    twins.made(
        "img create -q -f qcow2 base.qcow2 5M",
        "io -c 'write -P 1 0 3M' -c 'write -P 9 4M 200k' base.qcow2",
        "img create -q -f qcow2 -o " + options + " -b base.qcow2 -F qcow2 top.qcow2 5300k",
        "io -c 'write -P 2 100k 3k' -c 'write -P 3 5200k 100k' top.qcow2",
        "img snapshot -c one top.qcow2");
    Path top = twins.ours("top.qcow2");
    Path before = directory.resolve("before.raw");
    ExternalTool qemuImg = ExternalTool.qemuImg();
    qemuImg.run("convert", "-O", "raw", top, before).mustExit(0);
    Run run = Run.qemuImg("rebase", "-c", "-b", "", top);
    assertEquals("", run.err());
    assertEquals(0, run.exitCode());
    qemuImg.run("compare", "-F", "raw", top, before).mustExit(0);
    String check = qemuImg.mustRun("check", top);
    boolean compressed = !check.contains(" 0.00% compressed");
    assertTrue(compressed != options.equals("cluster_size=512"), check);
    for (String line : new String[] {"write -P 8 0 200k", "discard 1M 1M", "write -P 7 4M 64k"}) {
      ExternalTool.qemuIo().run("-c", line, top).mustExit(0);
    }
    qemuImg.run("snapshot", "-d", "one", top).mustExit(0);
    qemuImg.run("check", "-q", top).mustExit(0);
  }

  @Test
  void aRebaseThatCannotCompressSaysSo() throws IOException {
    twins.made("img create -q -f qcow2 base.qcow2 1M", "img create -q -f vmdk disk.vmdk 1M");
    Path data = directory.resolve("top.data");
    String options = "backing_fmt=qcow2,data_file=" + data;
    Path base = twins.ours("base.qcow2");
    Run made =
        Run.qemuImg(
            "create", "-f", "qcow2", "-b", base, "-o", options, twins.ours("top.qcow2"), "1M");
    assertEquals(0, made.exitCode(), made.err());
    for (String name : new String[] {"top.qcow2", "disk.vmdk"}) {
      Run run = Run.qemuImg("rebase", "-c", "-b", "", twins.ours(name));
      assertEquals(1, run.exitCode());
      assertEquals("qemu-img: Compression not supported for this file format\n", run.err());
    }
  }
}
