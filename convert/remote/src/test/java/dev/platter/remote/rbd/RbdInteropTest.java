package dev.platter.remote.rbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageSnapshots;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.CephCluster;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Images that {@code rbd} makes are read, and those that are made here are right to {@code rbd}.
 */
@Tag("interop")
@Timeout(120)
class RbdInteropTest {
  private static final int MIB = 1 << 20;
  private static CephCluster cluster;

  @TempDir Path directory;
  private final RbdProvider provider = new RbdProvider();

  @BeforeAll
  static void start() throws IOException {
    cluster = CephCluster.shared();
  }

  private static Location at(String image) {
    return Location.of("rbd", cluster.name(image));
  }

  /** 24 MiB and a bit, of which the bytes at 1 to 3 and at 17 to 18 MiB are data. */
  private static byte[] content() {
    byte[] content = new byte[24 * MIB + 512];
    Random random = new Random(5);
    for (int[] part : new int[][] {{MIB, 3 * MIB}, {17 * MIB, 18 * MIB}}) {
      byte[] data = new byte[part[1] - part[0]];
      random.nextBytes(data);
      System.arraycopy(data, 0, content, part[0], data.length);
    }
    return content;
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(directory.resolve("disk.raw"), content);
  }

  private static byte[] read(Storage storage) throws IOException {
    byte[] content = new byte[Math.toIntExact(storage.size())];
    storage.readFully(0, MemorySegment.ofArray(content));
    return content;
  }

  /** How many bytes are told to be data; what is told to be a hole holds zeros. */
  private static long data(Storage storage, byte[] content) throws IOException {
    long sum = 0;
    for (long at = 0; at < storage.size(); ) {
      Run run = storage.runAt(at, Long.MAX_VALUE);
      for (long i = at; run.hole() && i < run.end(); i++) {
        assertEquals(0, content[(int) i], "in a hole at " + i);
      }
      sum += run.hole() ? 0 : run.length();
      at = run.end();
    }
    return sum;
  }

  private byte[] exported(String image) throws IOException {
    Path file = directory.resolve("exported");
    Files.deleteIfExists(file);
    cluster.rbd("export", "--no-progress", CephCluster.POOL + "/" + image, file);
    return Files.readAllBytes(file);
  }

  @Test
  void readsWhatRbdImports() throws IOException {
    byte[] content = content();
    cluster.rbd("import", "--no-progress", file(content), CephCluster.POOL + "/imported");
    try (Storage storage = provider.openForReading(at("imported"))) {
      assertEquals(content.length, storage.size());
      assertArrayEquals(content, read(storage));
      long data = data(storage, content);
      assertTrue(data <= 12L * MIB, "data: " + data);
      assertTrue(storage.allocatedSize() <= 12L * MIB, "takes " + storage.allocatedSize());
    }
  }

  @Test
  void readsAnImageWithoutAnObjectMapAndItsClone() throws IOException {
    byte[] content = content();
    String parent = CephCluster.POOL + "/parent";
    cluster.rbd("import", "--no-progress", "--image-feature", "layering", file(content), parent);
    cluster.rbd("snap", "create", "--no-progress", parent + "@then");
    cluster.rbd("snap", "protect", parent + "@then");
    cluster.rbd("clone", parent + "@then", CephCluster.POOL + "/clone");
    try (WritableStorage clone = provider.openForWriting(at("clone"))) {
      clone.write(9 * MIB, MemorySegment.ofArray(new byte[] {7}));
      content[9 * MIB] = 7;
      assertArrayEquals(content, read(clone));
      long data = data(clone, content);
      assertTrue(data < 20L * MIB, "data: " + data);
    }
    byte[] old = content();
    try (Storage snapshot = provider.openForReading(at("parent@then"))) {
      assertArrayEquals(old, read(snapshot));
      long data = data(snapshot, old);
      assertTrue(data <= 12L * MIB, "data: " + data);
    }
  }

  @Test
  void aNewImageIsThereWhenItIsPublishedAndHasDataOnlyWhereItWasWritten() throws IOException {
    byte[] content = content();
    String name = CephCluster.POOL + "/made";
    Map<String, String> options =
        Map.of(
            "cluster_size", "1M",
            "features", "layering+exclusive-lock+object-map+fast-diff",
            "data_pool", CephCluster.DATA_POOL,
            "snapshot", "snap");
    try (NewStorage made = provider.create(at("made"), options).orElseThrow()) {
      MemorySegment bytes = MemorySegment.ofArray(content);
      made.storage().write(17 * MIB, bytes.asSlice(17 * MIB, MIB));
      made.storage().write(MIB, bytes.asSlice(MIB, 2 * MIB));
      made.storage().zero(content.length - 512, 512);
      assertFalse(names().contains("made"), names().toString());
      made.publish();
    }
    assertArrayEquals(content, exported("made"));
    String info = cluster.rbd("info", name);
    assertTrue(info.contains("order 20"), info);
    assertTrue(info.contains("data_pool: " + CephCluster.DATA_POOL), info);
    assertTrue(info.contains("features: layering, exclusive-lock, object-map, fast-diff"), info);
    String protectedOnes = cluster.rbd("snap", "ls", name);
    assertTrue(protectedOnes.contains("snap") && protectedOnes.contains("yes"), protectedOnes);
    long told =
        cluster
            .rbd("diff", name)
            .lines()
            .skip(1)
            .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[1]))
            .sum();
    assertEquals(3 * MIB, told);
  }

  @Test
  void whatIsNotPublishedLeavesNothing() throws IOException {
    try (NewStorage made = provider.create(at("unfinished"), Map.of()).orElseThrow()) {
      made.storage().write(0, MemorySegment.ofArray(new byte[MIB]));
    }
    assertTrue(names().stream().noneMatch(name -> name.startsWith("unfinished")), "" + names());
  }

  @Test
  void whatIsThereIsNotReplaced() throws IOException {
    cluster.rbd("create", "--size", "4M", CephCluster.POOL + "/there");
    RbdException error =
        assertThrows(RbdException.class, () -> provider.create(at("there"), Map.of()));
    assertTrue(error.getMessage().contains("already"), error.getMessage());
    try (NewStorage made = provider.create(at("raced"), Map.of("snapshot", "s")).orElseThrow()) {
      cluster.rbd("create", "--size", "4M", CephCluster.POOL + "/raced");
      assertThrows(IOException.class, made::publish);
    }
    assertEquals(4 * MIB, exported("raced").length);
    assertEquals(1, names().stream().filter(name -> name.startsWith("raced")).count());
  }

  private static List<String> names() {
    return cluster.rbd("ls", CephCluster.POOL).lines().toList();
  }

  @Test
  void snapshotsAreTakenAppliedAndDeleted() throws IOException {
    cluster.rbd("create", "--size", "8M", CephCluster.POOL + "/states");
    try (WritableStorage storage = provider.openForWriting(at("states"))) {
      storage.write(0, MemorySegment.ofArray(new byte[] {1}));
      StorageSnapshots snapshots = storage.snapshots().orElseThrow();
      snapshots.create("one");
      storage.write(0, MemorySegment.ofArray(new byte[] {2}));
      storage.truncate(16 * MIB);
      snapshots.create("two");
      assertEquals(List.of("one", "two"), snapshots.list().stream().map(s -> s.name()).toList());
      assertEquals(
          List.of(8L * MIB, 16L * MIB), snapshots.list().stream().map(s -> s.size()).toList());
      assertTrue(snapshots.list().getFirst().date().getEpochSecond() > 1_500_000_000);
      assertThrows(IOException.class, () -> snapshots.create("one"));
      snapshots.apply("one");
      assertEquals(8 * MIB, storage.size());
      byte[] expected = new byte[8 * MIB];
      expected[0] = 1;
      assertArrayEquals(expected, read(storage));
      snapshots.delete("two");
      assertThrows(IOException.class, () -> snapshots.delete("two"));
      assertEquals(1, snapshots.list().size());
    }
  }

  @Test
  void writesInPlaceAndZeroesWhatItIsTold() throws IOException {
    byte[] content = content();
    cluster.rbd("import", "--no-progress", file(content), CephCluster.POOL + "/place");
    try (WritableStorage storage = provider.openForWriting(at("place"))) {
      storage.zero(MIB + 100, 2 * MIB - 200);
      Arrays.fill(content, MIB + 100, 3 * MIB - 100, (byte) 0);
      storage.write(20 * MIB + 1, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      content[20 * MIB + 1] = 1;
      content[20 * MIB + 2] = 2;
      content[20 * MIB + 3] = 3;
      storage.sync();
    }
    assertArrayEquals(content, exported("place"));
  }

  @Test
  void whatCannotBeOpenedIsSaidInOneLine() throws IOException {
    cluster.rbd("create", "--size", "4M", CephCluster.POOL + "/plain");
    String conf = ":conf=" + cluster.configuration();
    for (String[] each :
        new String[][] {
          {cluster.name("none"), "No such file"},
          {cluster.name("plain@none"), "No such file"},
          {"rbd:nopool/image" + conf, "pool nopool: No such file"},
          {"rbd:disks/space/image" + conf, "no namespace"},
          {"rbd:disks/plain:conf=/none/ceph.conf", "/none/ceph.conf"},
          {"rbd:disks/plain" + conf + ":no_such_setting=1", "no_such_setting"},
          {
            "rbd://6a24c2a8-6c0c-4b1c-9a2f-0f6e6d1d9f3b/disks/plain?conf="
                + cluster.configuration(),
            "not 6a24c2a8"
          }
        }) {
      Location location = Location.of("rbd", each[0]);
      IOException e = assertThrows(IOException.class, () -> provider.openForReading(location));
      assertTrue(e.getMessage().contains(each[1]), e.getMessage());
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }
    Location snapshot = at("plain@none");
    assertThrows(RbdException.class, () -> provider.openForWriting(snapshot));
    assertThrows(RbdException.class, () -> provider.create(snapshot, Map.of()));
    for (Map<String, String> options :
        List.of(
            Map.of("cluster_size", "3M"),
            Map.of("order", "11"),
            Map.of("order", "20", "cluster_size", "2M"),
            Map.of("stripe_unit", "64k"),
            Map.of("features", "telepathy"),
            Map.of("data_pool", "none"),
            Map.of("cluster_size", "many"))) {
      assertThrows(IOException.class, () -> provider.create(at("wrong"), options));
    }
    assertTrue(names().stream().noneMatch(name -> name.startsWith("wrong")), "" + names());
  }

  @Test
  void aClusterThatDoesNotAnswerIsAnErrorInBoundedTime() throws IOException {
    cluster.rbd("create", "--size", "4M", CephCluster.POOL + "/silent");
    Location silent =
        Location.of(
            "rbd", cluster.name("silent") + ":rados_osd_op_timeout=1:rados_mon_op_timeout=1");
    byte[] content = new byte[4096];
    try (WritableStorage storage = provider.openForWriting(silent)) {
      storage.write(0, MemorySegment.ofArray(content));
      cluster.freeze(true);
      IOException reading;
      IOException writing;
      try {
        MemorySegment memory = MemorySegment.ofArray(content);
        reading = assertThrows(IOException.class, () -> storage.readFully(0, memory));
        writing = assertThrows(IOException.class, () -> storage.write(0, memory));
      } finally {
        cluster.freeze(false);
      }
      for (IOException e : List.of(reading, writing)) {
        assertTrue(e.getMessage().contains("timed out"), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      }
    }
    Location nobody =
        Location.of(
            "rbd", "rbd:disks/x:conf=/dev/null:mon_host=127.0.0.1\\:1:client_mount_timeout=1");
    IOException e = assertThrows(IOException.class, () -> provider.openForReading(nobody));
    assertTrue(e.getMessage().contains("connecting"), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
  }
}
