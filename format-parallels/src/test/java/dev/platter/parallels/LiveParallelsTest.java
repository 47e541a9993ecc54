package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CheckReport;
import dev.platter.image.ImageException;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.ForwardingStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.LiveImageContract;
import dev.platter.testdata.LiveSubject.Kind;
import dev.platter.testdata.QemuTurns;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LiveParallelsTest extends LiveImageContract {
  private static final int IN_USE = 0x746F6E59;
  private static final int CLOSED = 0x312e3276;
  private static final int IN_USE_AT = 44;
  private static final int FLAGS_AT = 52;
  private static final int EXTENSION_AT = 56;

  @Override
  protected ImageFormat format() {
    return new ParallelsFormat();
  }

  @Override
  protected Stream<Kind> kinds() {
    return Stream.of(
        Kind.of(""),
        Kind.of("cluster_size=512"),
        Kind.of("cluster_size=4k"),
        Kind.of("cluster_size=32256"),
        Kind.of("cluster_size=258048"),
        Kind.of("magic=WithoutFreeSpace"),
        Kind.of("magic=WithoutFreeSpace,cluster_size=4k"),
        Kind.of("magic=WithoutFreeSpace,cluster_size=32256"));
  }

  /** The header says so until the image is closed; nothing else is the matter. */
  @Override
  protected boolean mayBeFound(CheckReport afterPowerCut) {
    return onlyInUse(afterPowerCut);
  }

  static boolean onlyInUse(CheckReport report) {
    return report.messages().stream()
        .allMatch(message ->
            message.contains("image was not closed correctly")
                || message.contains("space leaked at the end of the image"));
  }

  @Test
  void qemuAndWeWriteInTurns(@TempDir Path directory) throws IOException {
    turns("", directory, image -> {});
    turns("cluster_size=4k", directory, image -> {});
    turns("cluster_size=32256", directory, image -> {});
    turns("cluster_size=64k", directory, image -> {});
  }

  /** QEMU makes no images of the old magic, and puts clusters out of line where "data_off" is 0. */
  @Test
  void qemuAndWeWriteToAnOldImageInTurns(@TempDir Path directory) throws IOException {
    int tracks = 63;
    int sectors = (5 << 20) / 512;
    HandMade made = new HandMade(false, tracks, Math.ceilDiv(sectors, tracks));
    made.sectors = sectors;
    turns("cluster_size=1k", directory, image -> Files.write(image, made.build()));
  }

  private void turns(String options, Path directory, QemuTurns.Preparation preparation)
      throws IOException {
    QemuTurns.take(format(), "parallels", options, directory, 5 << 20, false, preparation);
  }

  private static GuestDisk live(WritableStorage storage) throws IOException {
    return new GuestDisk(new ParallelsFormat().openLive(storage, EditRequest.strict()), List.of());
  }

  private static void write(GuestDisk disk, long offset, byte[] bytes) throws IOException {
    disk.write(offset, MemorySegment.ofArray(bytes));
  }

  private static int intAt(MemoryStorage storage, int at) throws IOException {
    return MemorySegment.ofArray(storage.toByteArray()).get(ValueLayout.JAVA_INT_UNALIGNED, at);
  }

  @Test
  void theHeaderSaysThatTheImageIsInUseWhileItIsWrittenTo() throws IOException {
    for (int closed : new int[] {0, CLOSED}) {
      HandMade made = new HandMade(true, 8, 4).cluster(1, new byte[] {1});
      made.inUse = closed;
      made.flags = 3;
      MemoryStorage storage = made.storage("used.hdd");
      try (GuestDisk disk = live(storage)) {
        disk.read(0, MemorySegment.ofArray(new byte[512]));
        assertEquals(closed, intAt(storage, IN_USE_AT), "reading is no use");
        write(disk, 4096, new byte[] {5});
        assertEquals(IN_USE, intAt(storage, IN_USE_AT));
        assertEquals(2, intAt(storage, FLAGS_AT), "it is not empty");
      }
      assertEquals(closed, intAt(storage, IN_USE_AT));
    }
  }

  @Test
  void whatACrashLeftInUseIsTakenUpAgain() throws IOException {
    HandMade made = new HandMade(true, 8, 4).cluster(1, new byte[] {1});
    made.inUse = IN_USE;
    MemoryStorage storage = made.storage("crashed.hdd");
    byte[] before = HandMade.content(storage);
    try (GuestDisk disk = live(storage)) {
      assertEquals(0, intAt(storage, IN_USE_AT));
      write(disk, 0, new byte[] {9});
    }
    before[0] = 9;
    assertArrayEquals(before, HandMade.content(storage));
    assertEquals(0, HandMade.open(storage).check().orElseThrow().corruptions());
  }

  @Test
  void whatElseIsDamagedIsRefusedAndLeftAlone() throws IOException {
    HandMade made = new HandMade(true, 8, 4).cluster(1, new byte[] {1});
    made.entry(2, made.entryOf(0)).inUse = IN_USE;
    MemoryStorage storage = made.storage("shared.hdd");
    ImageException refused = assertThrows(ImageException.class, () -> live(storage));
    assertTrue(refused.getMessage().contains("to be repaired first"), refused.getMessage());
    assertArrayEquals(made.build(), storage.toByteArray());
  }

  @Test
  void theFirstChangeDropsDirtyBitmapsAndTakesTheirClusters() throws Exception {
    MemoryStorage storage = ParallelsReadTest.withBitmap(8).storage("bitmap.hdd");
    long size = storage.size();
    byte[] expected = HandMade.content(storage);
    try (GuestDisk disk = live(storage)) {
      disk.read(0, MemorySegment.ofArray(new byte[512]));
    }
    assertArrayEquals(ParallelsReadTest.withBitmap(8).build(), storage.toByteArray());
    try (GuestDisk disk = live(storage)) {
      write(disk, 0, new byte[] {7});
      assertEquals(0, intAt(storage, EXTENSION_AT), "before anything is changed");
      byte[] two = HandMade.random(2 * 4096, 3);
      write(disk, 2 * 4096, two);
      System.arraycopy(two, 0, expected, 2 * 4096, two.length);
    }
    expected[0] = 7;
    assertArrayEquals(expected, HandMade.content(storage));
    assertEquals(size, storage.size());
    assertEquals(CLOSED, intAt(storage, IN_USE_AT));
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  @Test
  void anUnknownFeatureThatIsToBeKeptIsRefused() throws Exception {
    for (int flag = 0; flag < 4; flag++) {
      byte[] file = ParallelsReadTest.withUnknownFeature(8, flag);
      MemoryStorage storage = MemoryStorage.of("feature.hdd", file);
      if (flag == 0) {
        try (GuestDisk disk = live(storage)) {
          write(disk, 0, new byte[] {7});
        }
        assertEquals(0, intAt(storage, EXTENSION_AT));
      } else {
        ImageException refused = assertThrows(ImageException.class, () -> live(storage));
        assertTrue(refused.getMessage().contains("must be kept"), refused.getMessage());
        assertArrayEquals(file, storage.toByteArray());
      }
    }
  }

  @Test
  void roomBetweenClustersIsUsedFirst() throws IOException {
    HandMade made = new HandMade(true, 8, 8);
    made.cluster(0, new byte[] {1}).unused(new byte[] {2}).unused(new byte[] {3});
    made.cluster(1, new byte[] {4});
    MemoryStorage storage = made.storage("gap.hdd");
    long size = storage.size();
    byte[] expected = HandMade.content(storage);
    try (GuestDisk disk = live(storage)) {
      write(disk, 4 * 4096 + 512, new byte[] {5});
      write(disk, 6 * 4096, new byte[] {6});
    }
    expected[4 * 4096 + 512] = 5;
    expected[6 * 4096] = 6;
    assertArrayEquals(expected, HandMade.content(storage));
    assertEquals(size, storage.size());
  }

  @Test
  void clustersAreGivenUpAndTheFileIsCutBehindTheLast() throws IOException {
    HandMade made = new HandMade(false, 63, 4);
    made.tellsDataOffset = false;
    for (int i = 0; i < 4; i++) {
      made.cluster(i, HandMade.random(63 * 512, i));
    }
    MemoryStorage storage = made.storage("cut.hdd");
    long size = storage.size();
    byte[] expected = HandMade.content(storage);
    int cluster = made.clusterSize();
    try (GuestDisk disk = live(storage)) {
      disk.discard(cluster + 1, 3L * cluster - 1);
    }
    Arrays.fill(expected, cluster + 512, 4 * cluster, (byte) 0);
    byte[] found = HandMade.content(storage);
    assertArrayEquals(
        Arrays.copyOfRange(expected, 2 * cluster, 4 * cluster),
        Arrays.copyOfRange(found, 2 * cluster, 4 * cluster));
    assertArrayEquals(Arrays.copyOf(expected, cluster), Arrays.copyOf(found, cluster));
    assertEquals(size - 2 * cluster, storage.size());
  }

  @Test
  void theBatEndsWhereTheOldMagicDoes() throws IOException {
    MemoryStorage storage = new HandMade(false, 1 << 21, 3).storage("far.hdd");
    byte[] header = Arrays.copyOf(storage.toByteArray(), 64);
    MemorySegment bytes = MemorySegment.ofArray(header);
    bytes.set(ValueLayout.JAVA_INT_UNALIGNED, 48, -(1 << 21));
    storage.truncate(0xFFFF_FFFFL << 9);
    storage.write(0, bytes);
    try (GuestDisk disk = live(storage)) {
      write(disk, 0, new byte[] {1});
      IOException refused =
          assertThrows(IOException.class, () -> write(disk, 1L << 30, new byte[] {2}));
      assertTrue(refused.getMessage().contains("cannot point"), refused.getMessage());
    }
    assertEquals(List.of(), HandMade.open(storage).check().orElseThrow().messages());
  }

  @Test
  void aClusterThatWasGivenUpHoldsWhatItHeldUntilAFlush() throws IOException {
    HandMade made = new HandMade(true, 8, 8);
    byte[] old = HandMade.random(4096, 1);
    made.cluster(0, old).cluster(1, HandMade.random(4096, 2));
    MemoryStorage storage = made.storage("kept.hdd");
    byte[] other = HandMade.random(4096, 3);
    int place = made.dataAt();
    try (GuestDisk disk = live(storage)) {
      disk.discard(0, 4096);
      write(disk, 4 * 4096, other);
      byte[] file = storage.toByteArray();
      assertArrayEquals(old, Arrays.copyOfRange(file, place, place + 4096), "others may lose it");
      disk.flush();
      long size = storage.size();
      write(disk, 6 * 4096, other);
      file = storage.toByteArray();
      assertArrayEquals(other, Arrays.copyOfRange(file, place, place + 4096));
      assertEquals(size, storage.size());
    }
  }

  /** Clusters of 63 sectors begin in the middle of what a mask would take for a block. */
  @Test
  void twoThreadsThatFillEachClusterFromBothEndsLoseNothing() throws Exception {
    int clusters = 64;
    HandMade made = new HandMade(true, 63, clusters);
    MemoryStorage storage = made.storage("ends.hdd");
    WritableStorage slow =
        new ForwardingStorage(storage) {
          @Override
          public void truncate(long size) throws IOException {
            LockSupport.parkNanos(200_000);
            super.truncate(size);
          }
        };
    CyclicBarrier together = new CyclicBarrier(2);
    try (GuestDisk disk = live(slow);
        ExecutorService pool = Executors.newFixedThreadPool(2)) {
      List<Future<?>> running = new ArrayList<>();
      for (int within : new int[] {0, 62 * 512}) {
        running.add(
            pool.submit(() -> {
              for (int cluster = 0; cluster < clusters; cluster++) {
                together.await();
                write(disk, cluster * 63 * 512 + within, HandMade.random(512, within + cluster));
              }
              return null;
            }));
      }
      for (Future<?> thread : running) {
        thread.get();
      }
    }
    byte[] found = HandMade.content(storage);
    for (int cluster = 0; cluster < clusters; cluster++) {
      for (int within : new int[] {0, 62 * 512}) {
        int at = cluster * 63 * 512 + within;
        assertArrayEquals(
            HandMade.random(512, within + cluster),
            Arrays.copyOfRange(found, at, at + 512),
            "cluster " + cluster);
      }
    }
  }
}
