package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.rbd.RbdStore;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.Storage;
import dev.platter.testdata.CephCluster;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images in a Ceph cluster, as the programs of Ceph and those that clone images find them. */
@Tag("interop")
@Timeout(120)
class RbdStoreTest {
  private static final int MIB = 1 << 20;
  private static final int SIZE = 20 * MIB;

  private static CephCluster cluster;

  @TempDir Path directory;

  @BeforeAll
  static void startCluster() throws IOException {
    cluster = CephCluster.shared();
  }

  private static Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("rbd_store_pool", CephCluster.POOL);
    settings.put("rbd_store_ceph_conf", cluster.configuration().toString());
    settings.put("rbd_store_chunk_size", "4");
    settings.put("rbd_thin_provisioning", "true");
    return settings;
  }

  private static RbdStore store(Map<String, String> settings) {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("ceph", key, value));
    return RbdStore.create(StoreConfig.named(ini, "ceph", "rbd"));
  }

  /** A mebibyte of data at 9 MiB, zeros around it. */
  private static byte[] content() {
    byte[] data = new byte[MIB];
    new Random(6).nextBytes(data);
    byte[] content = new byte[SIZE];
    System.arraycopy(data, 0, content, 9 * MIB, MIB);
    return content;
  }

  private static StoredImage put(RbdStore store, String id) throws IOException {
    try (StoreWriter writer = store.begin(id, OptionalLong.of(SIZE))) {
      MemorySegment content = MemorySegment.ofArray(content());
      writer.storage().write(9 * MIB, content.asSlice(9 * MIB, MIB));
      writer.storage().truncate(SIZE);
      return writer.commit();
    }
  }

  private static String pooled(String image) {
    return CephCluster.POOL + "/" + image;
  }

  private byte[] exported(String image) throws IOException {
    Path file = directory.resolve("exported");
    Files.deleteIfExists(file);
    cluster.rbd("export", "--no-progress", pooled(image), file);
    return Files.readAllBytes(file);
  }

  private static long dataOf(String image) {
    return cluster
        .rbd("diff", pooled(image))
        .lines()
        .skip(1)
        .mapToLong(line -> Long.parseLong(line.strip().split("\\s+")[1]))
        .sum();
  }

  private static List<String> images(String prefix) {
    return cluster
        .rbd("ls", CephCluster.POOL)
        .lines()
        .filter(name -> name.startsWith(prefix))
        .toList();
  }

  @Test
  void anImageIsWhatThoseWhoCloneItExpect() throws IOException {
    RbdStore store = store(settings());
    StoredImage stored = put(store, "expected");
    assertTrue(
        stored.location().matches("rbd://[0-9a-f-]{36}/" + CephCluster.POOL + "/expected/snap"),
        stored.location());
    assertEquals(SIZE, stored.size());
    assertArrayEquals(content(), exported("expected"));
    String info = cluster.rbd("info", pooled("expected"));
    assertTrue(info.contains("order 22"), info);
    String snapshots = cluster.rbd("snap", "ls", pooled("expected"));
    assertTrue(snapshots.contains("snap") && snapshots.contains("yes"), snapshots);
    assertTrue(dataOf("expected") <= 4 * MIB, "data: " + dataOf("expected"));
    try (Storage storage = store.open(stored.location())) {
      byte[] back = new byte[SIZE];
      storage.readFully(0, MemorySegment.ofArray(back));
      assertArrayEquals(content(), back);
    }
    assertTrue(store.holdsImages());
    StoreException twice = assertThrows(StoreException.class, () -> put(store, "expected"));
    assertEquals(StoreException.Kind.DUPLICATE, twice.kind());
    assertTrue(store.delete(stored.location()));
    assertFalse(store.delete(stored.location()));
    assertEquals(List.of(), images("expected"));
  }

  @Test
  void withoutThinProvisioningZerosAreWritten() throws IOException {
    Map<String, String> settings = settings();
    settings.put("rbd_thin_provisioning", "false");
    put(store(settings), "thick");
    assertEquals(SIZE, dataOf("thick"));
    assertArrayEquals(content(), exported("thick"));
  }

  @Test
  void anImageThatWasClonedGoesToTheTrash() throws IOException {
    RbdStore store = store(settings());
    StoredImage stored = put(store, "cloned");
    cluster.rbd(
        "clone", "--rbd-default-clone-format", "1", pooled("cloned@snap"), pooled("disk-of-a-vm"));
    assertTrue(store.delete(stored.location()));
    assertFalse(store.exists(stored.location()));
    assertTrue(cluster.rbd("trash", "ls", CephCluster.POOL).contains("cloned"));
    assertArrayEquals(content(), exported("disk-of-a-vm"));
  }

  @Test
  void whatIsNotCommittedIsNotThere() throws IOException {
    RbdStore store = store(settings());
    try (StoreWriter writer = store.begin("begun", OptionalLong.empty())) {
      writer.storage().write(0, MemorySegment.ofArray(new byte[MIB]));
      assertFalse(store.exists(store.locationOf("begun")));
    }
    assertEquals(List.of(), images("begun"));
    cluster.rbd("create", "--size", "1M", pooled("begun.part-0123456789ab"));
    // Killed between its snapshot and its name.
    cluster.rbd("create", "--size", "1M", pooled("begun.part-ba9876543210"));
    cluster.rbd("snap", "create", pooled("begun.part-ba9876543210@snap"));
    cluster.rbd("snap", "protect", pooled("begun.part-ba9876543210@snap"));
    cluster.rbd("create", "--size", "1M", pooled("begun-by-another.part-0123456789ab"));
    store.removeUnfinished("begun");
    assertEquals(List.of("begun-by-another.part-0123456789ab"), images("begun"));
  }

  @Test
  void strangersLocationsAreNotRead() throws IOException {
    RbdStore store = store(settings());
    cluster.rbd("create", "--size", "1M", pooled("volume"));
    String own = store.locationOf("volume");
    for (String location :
        List.of(
            own.replace("/snap", "/other"),
            own.replace("/volume", "/a/../volume"),
            own.replace(CephCluster.POOL, CephCluster.DATA_POOL),
            "rbd://00000000-0000-0000-0000-000000000000/disks/volume/snap",
            "file:///etc/passwd")) {
      StoreException refused =
          assertThrows(StoreException.class, () -> store.open(location), location);
      assertEquals(StoreException.Kind.NOT_FOUND, refused.kind());
    }
  }

  @Test
  void aClusterThatIsNotThereIsSaidToBeUnavailable() {
    Map<String, String> settings = settings();
    settings.put("rbd_store_ceph_conf", directory.resolve("none").toString());
    StoreException refused =
        assertThrows(StoreException.class, () -> store(settings).begin("x", OptionalLong.empty()));
    assertEquals(StoreException.Kind.UNAVAILABLE, refused.kind());
    settings.put("rbd_store_chunk_size", "3");
    assertThrows(IllegalArgumentException.class, () -> store(settings));
  }

  @Test
  void whetherImagesAreThinIsUnderstoodInEveryWordOrRefused() {
    Map<String, String> settings = settings();
    for (String yes : List.of("yes", "On", "1", "True")) {
      settings.put("rbd_thin_provisioning", yes);
      assertTrue(store(settings).sparse(), yes);
    }
    for (String no : List.of("no", "off", "0", "False")) {
      settings.put("rbd_thin_provisioning", no);
      assertFalse(store(settings).sparse(), no);
    }
    settings.put("rbd_thin_provisioning", "ture");
    assertThrows(IllegalArgumentException.class, () -> store(settings));
  }

  @Test
  void theServiceConvertsImportsIntoIt() throws Exception {
    Path raw = Files.write(directory.resolve("disk.raw"), content());
    Path qcow2 = directory.resolve("disk.qcow2");
    ExternalTool.qemuImg().mustRun("convert", "-O", "qcow2", raw, qcow2);
    try (RunningServer server = new RunningServer(directory)) {
      server.set("DEFAULT", "enabled_backends", "fast:file, ceph:rbd");
      settings().forEach((key, value) -> server.set("ceph", key, value));
      server.set("image_import_opts", "image_import_plugins", "[image_conversion]");
      server.set("image_conversion", "output_format", "raw");
      server.start();
      String id =
          server.create(
              RunningServer.ADMIN, "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}");
      assertEquals(
          204,
          server
              .askAs(
                  RunningServer.ADMIN,
                  "PUT",
                  "/v2/images/" + id + "/stage",
                  Files.readAllBytes(qcow2))
              .status());
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"glance-direct\"},\"stores\":[\"ceph\"]}");
      JsonNode image = server.settled(id);
      assertEquals("active", image.path("status").textValue(), image::toString);
      assertEquals("raw", image.path("disk_format").textValue());
      assertEquals("ceph", image.path("stores").textValue());
      assertArrayEquals(content(), exported(id));
      assertTrue(dataOf(id) <= 4 * MIB, "data: " + dataOf(id));
      String stores = server.ask("GET", "/v2/info/stores/detail", null).text();
      assertTrue(stores.contains("\"pool\":\"" + CephCluster.POOL + "\""), stores);
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      assertEquals(List.of(), images(id));
    }
  }
}
