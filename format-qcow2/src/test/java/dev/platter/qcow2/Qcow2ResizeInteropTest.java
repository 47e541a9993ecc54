package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Identity;
import dev.platter.image.Limits;
import dev.platter.image.Preallocation;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.qcow2.format.BitmapDirectory;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.Entries;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.ModelDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Disks that get another size, as qemu-img gives it to them. */
@Tag("interop")
class Qcow2ResizeInteropTest {
  private static final int MIB = 1 << 20;

  @TempDir Path directory;

  private QemuImage make(String name, String options, String size, String... commands) {
    return QemuImage.create(directory, name, options, size, commands);
  }

  private static void resize(Path image, ResizeRequest request) throws IOException {
    EditRequest edit =
        new EditRequest(
            Limits.DEFAULT,
            file -> FileStorage.openForWriting(image.resolveSibling(file.name())),
            Identity.seeded("resize", Instant.EPOCH));
    try (FileStorage storage = FileStorage.openForWriting(image);
        ImageEditor editor = new Qcow2Format().edit(storage, edit)) {
      editor.resize(request);
    }
  }

  /** The same image, resized by qemu-img. */
  private QemuImage byQemu(QemuImage image, Object... arguments) throws IOException {
    Path copy = directory.resolve("by-qemu.qcow2");
    Files.copy(image.path(), copy, StandardCopyOption.REPLACE_EXISTING);
    Object[] all = new Object[arguments.length + 4];
    all[0] = "resize";
    all[1] = "-q";
    all[2] = "-f";
    all[3] = "qcow2";
    System.arraycopy(arguments, 0, all, 4, arguments.length);
    for (int i = 4; i < all.length; i++) {
      all[i] = all[i] == image ? copy : all[i];
    }
    QemuImage other = new QemuImage(copy);
    other.img(all);
    return other;
  }

  private static byte[] disk(QemuImage image) throws IOException {
    return Files.readAllBytes(image.convertToRaw(Optional.empty()));
  }

  private static byte[] snapshot(QemuImage image, String name) throws IOException {
    return Files.readAllBytes(image.convertToRaw(Optional.of(name)));
  }

  private static void assertClean(QemuImage image) {
    image.img("check", "-q", "-f", "qcow2", image.path());
  }

  private static long allocated(Path file) throws IOException {
    try (FileStorage storage = FileStorage.openForReading(file)) {
      return storage.allocatedSize();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"512", "1024", "4096", "65536", "2M"})
  void aSmallerDiskGivesBackItsSpace(String clusterSize) throws IOException {
    QemuImage image =
        make("a.qcow2", "cluster_size=" + clusterSize, "32M", "write -P 17 0 16M", "write 16M 16M");
    QemuImage judge = byQemu(image, "--shrink", image, "1M");
    resize(image.path(), new ResizeRequest(MIB));
    assertClean(image);
    assertArrayEquals(disk(judge), disk(image));
    long most = allocated(judge.path()) + (64 << 10);
    assertTrue(allocated(image.path()) <= most, allocated(image.path()) + " of " + most);
    assertTrue(Files.size(image.path()) <= Files.size(judge.path()), "" + Files.size(image.path()));
  }

  /** Our own images have their tables at the end. */
  @ParameterizedTest
  @ValueSource(strings = {"512", "1024", "4096", "65536"})
  void theTablesOfASmallerDiskMoveToTheFront(String clusterSize) throws IOException {
    ModelDisk model = ModelDisk.random(3, 32 * MIB, 65536);
    Path path = directory.resolve("own.qcow2");
    WrittenImage.write(
        path, "cluster_size=" + clusterSize, false, Optional.empty(), model, model, 1);
    resize(path, new ResizeRequest(MIB));
    QemuImage image = new QemuImage(path);
    assertClean(image);
    assertArrayEquals(Arrays.copyOf(model.content(), MIB), disk(image));
    long clusters = 2L * Math.max(65536, Integer.parseInt(clusterSize)) + 512 * 8;
    assertTrue(Files.size(path) <= MIB + 4 * clusters, "" + Files.size(path));
    assertTrue(allocated(path) <= MIB + 4 * clusters, "" + allocated(path));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 5M, 20M",
    "'', 5000192, 9M",
    "'cluster_size=2M', 5000192, 20M",
    "'compat=0.10', 5000192, 9M",
    "'extended_l2=on', 5000192, 9M",
    "'cluster_size=512', 5000192, 9M"
  })
  void anOverlayThatGrowsHidesWhatItsLongerParentHas(String options, String size, String grown)
      throws IOException {
    QemuImage base = make("base.qcow2", "", "12M", "write -P 17 0 12M");
    QemuImage over = make("over.qcow2", options, size, "write -P 5 1M 64k");
    over.img("rebase", "-u", "-f", "qcow2", "-b", base.path(), "-F", "qcow2", over.path());
    byte[] before = disk(over);
    try (FileStorage storage = FileStorage.openForReading(base.path());
        DiskImage parent = new Qcow2Format().open(storage, OpenRequest.strict())) {
      BlockMap below = parent.map();
      long bytes = grown.equals("20M") ? 20L * MIB : 9L * MIB;
      resize(over.path(), new ResizeRequest(bytes, Preallocation.OFF, Optional.of(below)));
    }
    assertClean(over);
    byte[] after = disk(over);
    assertArrayEquals(Arrays.copyOf(before, after.length), after);
  }

  @Test
  void snapshotsKeepTheirSizeAndBytesWhenTheDiskShrinks() throws IOException {
    QemuImage image = make("a.qcow2", "", "5000192", "write -P 17 0 4M");
    image.img("snapshot", "-c", "one", image.path());
    image.io("write -P 4 1M 1M", "write -P 6 4M 100k");
    image.img("snapshot", "-c", "two", image.path());
    byte[] now = disk(image);
    byte[] one = snapshot(image, "one");
    byte[] two = snapshot(image, "two");
    for (long size : new long[] {1200 << 10, 40L << 30, 512, 9L * MIB, 9L * MIB + 512}) {
      resize(image.path(), new ResizeRequest(size));
      assertClean(image);
      now = Arrays.copyOf(now, (int) Math.min(size, now.length));
      if (size < 1L << 30) {
        assertArrayEquals(Arrays.copyOf(now, (int) size), disk(image));
      }
    }
    image.img("snapshot", "-a", "two", image.path());
    assertArrayEquals(two, disk(image));
    image.img("snapshot", "-a", "one", image.path());
    assertArrayEquals(one, disk(image));
    assertClean(image);
  }

  /** A last cluster that a snapshot shares, with data behind the end of the disk. */
  @ParameterizedTest
  @ValueSource(strings = {"", "cluster_size=2M", "extended_l2=on"})
  void whatASnapshotHasBehindTheEndDoesNotComeBack(String options) throws IOException {
    QemuImage image = make("a.qcow2", options, "5M", "write -P 17 0 5M");
    image.img("snapshot", "-c", "one", image.path());
    byte[] one = snapshot(image, "one");
    resize(image.path(), new ResizeRequest(3 * MIB + 512));
    resize(image.path(), new ResizeRequest(5 * MIB));
    assertClean(image);
    assertArrayEquals(Arrays.copyOf(Arrays.copyOf(one, 3 * MIB + 512), 5 * MIB), disk(image));
    image.img("snapshot", "-a", "one", image.path());
    assertArrayEquals(one, disk(image));
  }

  @ParameterizedTest
  @CsvSource({
    "'', 9M",
    "'', 3M",
    "'cluster_size=512', 3333120",
    "'cluster_size=512', 64M",
    "'cluster_size=2M', 20M"
  })
  void bitmapsGetTheLengthThatQemuGivesThem(String options, String size) throws IOException {
    QemuImage image = make("a.qcow2", options, "8M", "write -P 17 0 1M");
    image.img("bitmap", "--add", "-g", "512", image.path(), "fine");
    image.img("bitmap", "--add", image.path(), "coarse");
    image.img("bitmap", "--add", "--disable", image.path(), "off");
    image.io("write -P 4 1M 4M", "write -P 5 7M 1M");
    for (String to : new String[] {size, "8M", size}) {
      QemuImage judge = byQemu(image, "--shrink", image, to);
      resize(image.path(), new ResizeRequest(bytes(judge)));
      assertClean(image);
      assertEquals(bitmaps(judge), bitmaps(image));
      assertArrayEquals(disk(judge), disk(image));
      image.img("bitmap", "--add", image.path(), "more");
      image.img("bitmap", "--merge", "fine", image.path(), "more");
      image.img("bitmap", "--remove", image.path(), "more");
    }
  }

  private static long bytes(QemuImage image) throws IOException {
    return image.number(24);
  }

  /** All bitmaps, each as a line of its bits. */
  private static Map<String, String> bitmaps(QemuImage image) throws IOException {
    Map<String, String> bitmaps = new TreeMap<>();
    try (FileStorage storage = FileStorage.openForReading(image.path())) {
      ImageHead head = ImageHead.read(storage, Limits.DEFAULT);
      int clusterSize = head.header().clusterSize();
      for (BitmapEntry entry : BitmapDirectory.read(storage, head).orElseThrow().entries()) {
        StringBuilder bits = new StringBuilder("flags " + entry.flags() + " ");
        for (int i = 0; i < entry.tableSize(); i++) {
          byte[] cluster = new byte[clusterSize];
          long pointer = image.number(entry.tableOffset() + 8L * i);
          if (pointer == Entries.BITMAP_ALL_ONES) {
            Arrays.fill(cluster, (byte) 0xFF);
          } else if (pointer != 0) {
            storage.readFully(pointer, MemorySegment.ofArray(cluster));
          }
          bits.append(Arrays.hashCode(cluster)).append(' ');
        }
        bitmaps.put(entry.name(), bits.toString());
      }
    }
    return bitmaps;
  }

  @Test
  void aBitmapInUseStaysAsItIs() throws IOException {
    QemuImage image = make("a.qcow2", "cluster_size=512", "8M");
    image.img("bitmap", "--add", "-g", "512", image.path(), "b");
    try (FileStorage storage = FileStorage.openForReading(image.path())) {
      ImageHead head = ImageHead.read(storage, Limits.DEFAULT);
      image.put(BitmapDirectory.read(storage, head).orElseThrow().offset() + 12, 4, 3);
    }
    resize(image.path(), new ResizeRequest(80 * MIB));
    assertClean(image);
    assertTrue(bitmaps(image).get("b").startsWith("flags 3 "));
    image.img("bitmap", "--remove", image.path(), "b");
  }

  @ParameterizedTest
  @CsvSource({
    "'', METADATA",
    "'', FALLOC",
    "'', FULL",
    "'cluster_size=512', METADATA",
    "'extended_l2=on', FULL",
    "'compat=0.10', METADATA"
  })
  void spaceIsSetAsideAsQemuDoes(String options, Preallocation how) throws IOException {
    QemuImage image = make("a.qcow2", options, "5000192", "write -P 17 0 2M");
    QemuImage judge = byQemu(image, "--preallocation=" + how.word(), image, "20M");
    resize(image.path(), new ResizeRequest(20 * MIB, how, Optional.empty()));
    assertClean(image);
    assertArrayEquals(disk(judge), disk(image));
    if (how != Preallocation.METADATA) {
      assertTrue(allocated(image.path()) >= 17 * MIB, "" + allocated(image.path()));
    }
    assertTrue(Files.size(image.path()) >= 17 * MIB, "" + Files.size(image.path()));
    long placed = placed(judge);
    assertEquals(placed, placed(image), how.word());
  }

  /** How many guest bytes have a place in the file. */
  private long placed(QemuImage image) {
    String json =
        ExternalTool.qemuImg()
            .runIn(directory, "map", "-f", "qcow2", "--output=json", image.path())
            .mustExit(0)
            .stdout();
    return json.lines()
        .filter(line -> line.contains("\"offset\""))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*\"length\": (\\d+).*", "$1")))
        .sum();
  }

  /** As by qemu-img. */
  @Test
  void aVersion2ImageWithSnapshotsIsRefused() throws IOException {
    QemuImage image = make("a.qcow2", "compat=0.10", "5M");
    image.img("snapshot", "-c", "one", image.path());
    assertRefused(image, "a version 2 image with snapshots");
  }

  @ParameterizedTest
  @CsvSource({
    "'', OFF",
    "'data_file_raw=on', OFF",
    "'extended_l2=on', OFF",
    "'', METADATA",
    "'data_file_raw=on', FULL",
    "'', FALLOC"
  })
  void aDataFileGetsTheSizeOfItsDisk(String options, Preallocation how) throws IOException {
    List<QemuImage> images = new ArrayList<>();
    for (String name : List.of("ours", "theirs")) {
      String all = ("data_file=" + name + ".data," + options).replaceAll(",$", "");
      images.add(make(name + ".qcow2", all, "1052672", "write -P 17 0 1052672", "discard 64k 64k"));
    }
    QemuImage ours = images.getFirst();
    QemuImage theirs = images.getLast();
    for (long size : new long[] {5000192, 300 * 512, 2 * MIB + 512}) {
      Preallocation wanted = size == 300 * 512 ? Preallocation.OFF : how;
      theirs.img(
          "resize",
          "-q",
          "--shrink",
          "--preallocation=" + wanted.word(),
          theirs.path().getFileName(),
          size);
      resize(ours.path(), new ResizeRequest(size, wanted, Optional.empty()));
      assertClean(ours);
      assertArrayEquals(disk(theirs), disk(ours));
      assertEquals(placed(theirs), placed(ours), "at " + size);
      assertEquals(size, Files.size(directory.resolve("ours.data")));
    }
  }

  /** QEMU makes none and reads them. */
  @Test
  void anImageWithSnapshotsAndADataFileIsRefused() throws IOException {
    QemuImage image = make("a.qcow2", "data_file=a.data", "5M", "write -P 17 0 5M");
    Path data = directory.resolve("a.data");
    byte[] before = Files.readAllBytes(data);
    assertRefused(image.put(60, 4, 1), "an image with snapshots and an external data file");
    assertArrayEquals(before, Files.readAllBytes(data));
  }

  /** What is new becomes encrypted zeros, for which the passphrase is needed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"1; 'encrypt.key-secret' is required", "2; Missing CRYPTO header"})
  void anEncryptedDiskIsNotResizedWithoutItsPassphrase(int method, String why) throws IOException {
    QemuImage image = make("a.qcow2", "", "5M").put(32, 4, method);
    byte[] before = Files.readAllBytes(image.path());
    for (long size : new long[] {9 * MIB, MIB}) {
      Exception refused =
          assertThrows(Exception.class, () -> resize(image.path(), new ResizeRequest(size)));
      assertTrue(refused.getMessage().contains(why), refused.getMessage());
      assertArrayEquals(before, Files.readAllBytes(image.path()));
    }
  }

  private static void assertRefused(QemuImage image, String what) throws IOException {
    byte[] before = Files.readAllBytes(image.path());
    for (long size : new long[] {9 * MIB, MIB}) {
      UnsupportedFeatureException refused =
          assertThrows(
              UnsupportedFeatureException.class,
              () -> resize(image.path(), new ResizeRequest(size)));
      assertTrue(refused.getMessage().contains("resizing " + what), refused.getMessage());
      assertArrayEquals(before, Files.readAllBytes(image.path()));
    }
  }
}
