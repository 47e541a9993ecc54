package dev.platter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.Cancellation;
import dev.platter.image.Extent;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.name.References;
import dev.platter.storage.LockedException;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PlatterTest {
  private static final int SIZE = 5 << 20;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;

  @BeforeEach
  void makeADisk() throws IOException {
    content = new byte[SIZE];
    new Random(3).nextBytes(content);
    Arrays.fill(content, 1 << 20, 3 << 20, (byte) 0);
    raw = directory.resolve("disk.raw");
    Files.write(raw, content);
  }

  private Path converted(String format) throws IOException {
    Path target = directory.resolve("copy." + format);
    Conversion.Result result = Platter.convert(raw).to(target).format(format).run();
    assertEquals(SIZE, result.size());
    return target;
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "vhdx", "parallels"})
  void readsWhatItConverted(String format) throws IOException {
    try (Disk disk = Platter.open(converted(format))) {
      assertEquals(format, disk.format());
      assertEquals(SIZE, disk.size());
      assertArrayEquals(content, disk.read(0, SIZE));
      assertArrayEquals(content, disk.inputStream().readAllBytes());
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment part = arena.allocate(70_001);
        disk.read(12_345, part);
        assertEquals(-1, part.mismatch(MemorySegment.ofArray(content).asSlice(12_345, 70_001)));
      }
    }
  }

  @Test
  void driversMayStandOverImagesAndEachOther() throws IOException {
    Path copy = converted("qcow2");
    String quorum =
        "driver=quorum,vote-threshold=2,children.0.driver=raw,children.0.file.filename="
            + raw
            + ",children.1.driver=qcow2,children.1.file.driver=blkdebug,"
            + "children.1.file.image.filename="
            + copy;
    try (Disk disk = Platter.diskByOptions(quorum).open()) {
      assertArrayEquals(content, disk.read(0, SIZE));
    }
    String part = "driver=raw,offset=4096,size=8192,file.driver=qcow2,file.file.filename=" + copy;
    try (Disk disk = Platter.diskByOptions(part).open()) {
      assertArrayEquals(Arrays.copyOfRange(content, 4096, 3 * 4096), disk.read(0, 8192));
    }
    try (Disk disk = Platter.diskByOptions("driver=file,filename=" + copy).open()) {
      assertArrayEquals(Files.readAllBytes(copy), disk.inputStream().readAllBytes());
    }
  }

  @Test
  void whatLiesBelowADriverIsLockedWhileItIsChanged() throws IOException {
    Path image = converted("qcow2");
    String name = "driver=qcow2,file.driver=preallocate,file.file.filename=" + image;
    try (WritableDisk disk = Platter.diskByOptions(name).openWritable()) {
      assertThrows(LockedException.class, () -> Platter.diskByOptions(name).openWritable());
      assertThrows(LockedException.class, () -> Platter.disk(image).openWritable());
      disk.write(5, new byte[] {1, 2, 3});
    }
    try (Disk disk = Platter.open(image)) {
      assertArrayEquals(new byte[] {1, 2, 3}, disk.read(5, 3));
    }
    String below = "driver=throttle,file.driver=qcow2,file.file.filename=" + image;
    assertThrows(IOException.class, () -> Platter.diskByOptions(below).openWritable());
  }

  @Test
  void aNameMaySayWhatLiesBelow() throws Exception {
    Path base = directory.resolve("below.raw");
    byte[] content = new byte[1 << 20];
    Arrays.fill(content, (byte) 5);
    Files.write(base, content);
    Path top = directory.resolve("over.qcow2");
    ExternalTool.qemuImg()
        .mustRun("create", "-q", "-f", "qcow2", "-u", "-b", "gone", "-F", "raw", top, "2M");
    ExternalTool.qemuIo().mustRun("-c", "write -P 9 64k 64k", qemuSource(top, base));
    Arrays.fill(content, 64 << 10, 128 << 10, (byte) 9);
    String name = qemuSource(top, base);
    try (Disk disk = Platter.open(name)) {
      assertEquals(2 << 20, disk.size());
      assertArrayEquals(content, disk.read(0, content.length));
      assertArrayEquals(new byte[4096], disk.read(content.length, 4096));
    }
    assertTrue(Platter.inspect(name).guest().isPresent());
    Path made = directory.resolve("made.raw");
    Platter.convert(name).to(made).format("raw").run();
    ExternalTool.qemuImg().mustRun("compare", name, made);
    Files.delete(base);
    assertThrows(IOException.class, () -> Platter.open(name).close());
    assertThrows(IllegalOptionException.class, () -> Platter.disk(name).openWritable().close());
  }

  private static String qemuSource(Path top, Path base) {
    return "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"file\",\"filename\":\""
        + top
        + "\"},\"backing\":{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\""
        + base
        + "\"}}}";
  }

  @Test
  void keepsTheSectorsOfTheDiskOrSaysThatItCannot() throws IOException {
    Path large = directory.resolve("large.vhdx");
    Platter.convert(raw).to(large).format("vhdx").option("logical_sector_size", "4096").run();
    Path copy = directory.resolve("copy.vhdx");
    assertEquals(List.of(), Platter.convert(large).to(copy).format("vhdx").run().notes());
    try (Disk disk = Platter.open(copy)) {
      assertEquals(OptionalInt.of(4096), disk.sectorSize());
    }
    Path flat = directory.resolve("flat.raw");
    List<String> notes = Platter.convert(large).to(flat).format("raw").run().notes();
    assertEquals(1, notes.size());
    assertTrue(notes.getFirst().contains("sectors of 4096 bytes"), notes.getFirst());
    try (Disk disk = Platter.open(flat)) {
      assertEquals(OptionalInt.empty(), disk.sectorSize());
    }
  }

  @Test
  void tellsWhatIsWhereWithoutAGap() throws IOException {
    List<Extent> extents = new ArrayList<>();
    try (Disk disk = Platter.open(converted("qcow2"))) {
      disk.extents(extents::add);
    }
    long at = 0;
    for (Extent extent : extents) {
      assertEquals(at, extent.offset());
      at = extent.end();
    }
    assertEquals(SIZE, at);
    assertTrue(extents.stream().anyMatch(e -> e instanceof Extent.Data));
    assertTrue(extents.stream().anyMatch(e -> !(e instanceof Extent.Data)));
  }

  @Test
  void isReadByManyThreadsAtOnce() throws Exception {
    Path qcow2 = directory.resolve("packed.qcow2");
    Platter.convert(raw).to(qcow2).format("qcow2").compress().run();
    try (Disk disk = Platter.open(qcow2);
        ExecutorService pool = Executors.newFixedThreadPool(4)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int t = 0; t < 4; t++) {
        Random random = new Random(t);
        readers.add(
            pool.submit(() -> {
              for (int i = 0; i < 200; i++) {
                int at = random.nextInt(SIZE - 5000);
                assertArrayEquals(Arrays.copyOfRange(content, at, at + 5000), disk.read(at, 5000));
              }
              return null;
            }));
      }
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
  }

  @Test
  void isAChannelWithAPosition() throws IOException {
    try (Disk disk = Platter.open(raw);
        SeekableByteChannel channel = disk.channel()) {
      channel.position(SIZE - 3);
      ByteBuffer buffer = ByteBuffer.allocate(10);
      assertEquals(3, channel.read(buffer));
      assertEquals(-1, channel.read(buffer));
      assertArrayEquals(
          Arrays.copyOfRange(content, SIZE - 3, SIZE), Arrays.copyOf(buffer.array(), 3));
    }
  }

  @Test
  void refusesToReadOutsideOfTheDiskAndAfterClosing() throws IOException {
    Disk disk = Platter.open(raw);
    assertThrows(IndexOutOfBoundsException.class, () -> disk.read(SIZE - 1, 2));
    assertThrows(IndexOutOfBoundsException.class, () -> disk.read(-1, 1));
    assertThrows(IndexOutOfBoundsException.class, () -> disk.read(Long.MAX_VALUE, 1));
    disk.close();
    assertThrows(ClosedChannelException.class, () -> disk.read(0, 1));
  }

  @Test
  void opensNoOtherFileUnlessAllowed() throws IOException {
    Path golden = Path.of("../../testdata/golden");
    Path top = golden.resolve("chain-top.qcow2");
    assertThrows(ReferenceDeniedException.class, () -> Platter.open(top).close());
    try (Disk disk = Platter.disk(top).references(References.within(golden)).open()) {
      assertEquals("qcow2", disk.format());
    }
    try (Disk disk = Platter.disk(top).alone().open()) {
      assertEquals("qcow2", disk.format());
    }
  }

  @Test
  void leavesTheOldTargetWhereAConversionFailsOrIsCancelled() throws IOException {
    Path target = directory.resolve("target.qcow2");
    Files.writeString(target, "precious");
    assertThrows(
        IllegalOptionException.class,
        () -> Platter.convert(raw).to(target).format("qcow2").option("cluster_size", "7").run());
    assertThrows(
        IllegalOptionException.class, () -> Platter.convert(raw).to(target).format("nope").run());
    Cancellation cancellation = new Cancellation();
    cancellation.cancel();
    assertThrows(
        Cancellation.CancelledException.class,
        () -> Platter.convert(raw).to(target).format("qcow2").cancelWith(cancellation).run());
    assertEquals("precious", Files.readString(target));
    try (var files = Files.list(directory)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void tellsHowFarItIs() throws IOException {
    List<Double> told = new ArrayList<>();
    Platter.convert(raw)
        .to(directory.resolve("x.vdi"))
        .format("vdi")
        .onProgress(status -> told.add(status.fraction()))
        .run();
    assertFalse(told.isEmpty());
    assertEquals(1.0, told.getLast());
  }

  @Test
  void makesTheSameImageFromTheSameSeed() throws IOException {
    byte[][] made = new byte[2][];
    for (int i = 0; i < 2; i++) {
      Path target = directory.resolve("seeded" + i + ".vhdx");
      Platter.convert(raw).to(target).format("vhdx").seed("x").workers(1 + i).run();
      made[i] = Files.readAllBytes(target);
    }
    assertArrayEquals(made[0], made[1]);
  }

  @Test
  void makesEmptyImagesAndChecksThem() throws IOException {
    Path target = directory.resolve("empty.qcow2");
    Platter.create(target).format("qcow2").size(10L << 30).option("cluster_size", "4k").run();
    try (Disk disk = Platter.open(target)) {
      assertEquals(10L << 30, disk.size());
      assertArrayEquals(new byte[4096], disk.read(5L << 30, 4096));
    }
    assertEquals(0, Platter.check(target).orElseThrow().corruptions());
    assertTrue(Platter.check(raw).isEmpty());
  }

  @Test
  void cancellingInTheMiddleLeavesNothing() throws IOException {
    Path target = directory.resolve("target.vmdk");
    Files.writeString(target, "precious");
    Cancellation cancellation = new Cancellation();
    assertThrows(
        Cancellation.CancelledException.class,
        () ->
            Platter.convert(raw)
                .to(target)
                .format("vmdk")
                .workers(1)
                .onProgress(status -> cancellation.cancel())
                .cancelWith(cancellation)
                .run());
    assertEquals("precious", Files.readString(target));
    try (var files = Files.list(directory)) {
      assertEquals(2, files.count());
    }
  }

  @Test
  void aDiskIsNotConvertedOntoItself() {
    assertThrows(LockedException.class, () -> Platter.convert(raw).to(raw).format("qcow2").run());
    assertArrayEquals(content, assertDoesNotThrow(() -> Files.readAllBytes(raw)));
  }

  @Test
  void inspectsWithoutAQuestionToOtherFiles() throws IOException {
    Path golden = Path.of("../../testdata/golden");
    Inspection linux = Platter.inspect(golden.resolve("tiny-linux.qcow2"));
    assertEquals("qcow2", linux.format());
    assertEquals(List.of(), linux.dangers());
    assertFalse(linux.guest().orElseThrow().operatingSystems().isEmpty());
    assertTrue(linux.storedBytes() > 0);
    Inspection overlay = Platter.inspect(golden.resolve("chain-top.qcow2"));
    assertTrue(overlay.guest().isEmpty());
    assertEquals(1, overlay.dangers().size());
    assertEquals(1, overlay.remarks().size());
    Inspection allowed =
        Platter.disk(golden.resolve("chain-top.qcow2"))
            .references(References.within(golden))
            .inspect();
    assertTrue(allowed.guest().isPresent());
  }

  @Test
  void namesAreUnderstoodAsQemuImgDoes() throws IOException {
    String json =
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"file\",\"filename\":\"" + raw + "\"}}";
    try (Disk disk = Platter.open(json)) {
      assertArrayEquals(content, disk.read(0, SIZE));
    }
    try (Disk disk = Platter.diskByOptions("driver=raw,file.filename=" + raw).open()) {
      assertArrayEquals(content, disk.read(0, SIZE));
    }
    try (Disk disk = Platter.open(raw.toString())) {
      assertEquals(SIZE, disk.size());
    }
    assertThrows(IllegalOptionException.class, () -> Platter.open("nosuch://host/disk").close());
    assertThrows(IllegalOptionException.class, () -> Platter.open("json:{").close());
    assertThrows(
        IllegalOptionException.class,
        () -> Platter.diskByOptions("driver=raw,file.filename=x").format("raw").open().close());
    // A path is a path, whatever it looks like.
    Path odd = directory.resolve("json:{}");
    Files.copy(raw, odd);
    try (Disk disk = Platter.open(odd)) {
      assertEquals(SIZE, disk.size());
    }
  }

  @Test
  void readsAndWritesWhatAServerHas() throws Exception {
    Path socket = directory.resolve("socket");
    ExternalTool qemuNbd = ExternalTool.named("qemu-nbd");
    Process server =
        new ProcessBuilder(
                qemuNbd.program().toString(), "-t", "-f", "raw", "-k", "" + socket, "" + raw)
            .inheritIO()
            .start();
    try {
      while (!Files.exists(socket)) {
        assertTrue(server.isAlive());
        Thread.sleep(10);
      }
      String name = "nbd+unix:///?socket=" + socket;
      try (Disk disk = Platter.open(name)) {
        assertArrayEquals(content, disk.read(0, SIZE));
      }
      try (WritableDisk disk = Platter.disk(name).format("raw").openWritable()) {
        disk.write(1000, new byte[] {1, 2, 3});
      }
    } finally {
      server.destroy();
      server.waitFor();
    }
    assertArrayEquals(
        new byte[] {1, 2, 3}, Arrays.copyOfRange(Files.readAllBytes(raw), 1000, 1003));
  }

  @Test
  void readsSnapshots() throws IOException {
    Path golden = Path.of("../../testdata/golden/snapshots.qcow2");
    try (Disk today = Platter.open(golden)) {
      String name = today.info().snapshots().getFirst().name();
      try (Disk then = Platter.disk(golden).snapshot(name).open()) {
        assertFalse(Arrays.equals(today.read(0, 65536), then.read(0, 65536)));
      }
    }
    assertThrows(
        IllegalOptionException.class, () -> Platter.disk(golden).snapshot("nope").open().close());
  }
}
