package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.FaultPlan.Fault;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.SettingException;
import dev.platter.server.config.StoreConfig;
import dev.platter.server.tls.TestCertificates;
import dev.platter.server.vmware.VmwareSettings;
import dev.platter.server.vmware.VmwareStore;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Images in datastores, of a stub of vCenter that is strict. */
@Tag("interop")
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class VmwareStoreTest {
  private static final String DIRECTORY = "openstack_glance";
  private static final String QUERY = "?dsName=fast+one&dcPath=Folder%2FDC+1";

  private Path directory;
  private FakeVsphere vsphere;
  private int reached;
  private IOException failure;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    vsphere = new FakeVsphere(Files.createDirectory(directory.resolve("tls")), "fast one", "large");
  }

  @AfterAll
  void end() {
    vsphere.close();
  }

  @BeforeEach
  void empty() {
    vsphere.plan().failAt(0, Fault.LOST, false);
    for (String name : List.of("fast one", "large")) {
      vsphere.datastore(name).files.clear();
      vsphere.datastore(name).locked.clear();
      vsphere.datastore(name).free = 1L << 30;
      vsphere.datastore(name).accessible = true;
    }
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("vmware_server_host", vsphere.host());
    settings.put("vmware_server_username", FakeVsphere.USER);
    settings.put("vmware_server_password", FakeVsphere.PASSWORD);
    settings.put("vmware_datastores", FakeVsphere.DATACENTER + ":fast one:10");
    settings.put("vmware_ca_file", vsphere.authority().toString());
    settings.put("vmware_timeout", "1");
    settings.put("vmware_api_retry_count", "2");
    return settings;
  }

  private static IniFile ini(Map<String, String> settings, String... datastores) {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("esx", key, value));
    for (String datastore : datastores) {
      ini.set("esx", "vmware_datastores", datastore);
    }
    return ini;
  }

  private static VmwareSettings read(Map<String, String> settings, String... datastores) {
    return VmwareSettings.read(StoreConfig.named(ini(settings, datastores), "esx", "vmware"));
  }

  private static VmwareStore store(Map<String, String> settings, String... datastores) {
    return VmwareStore.create(read(settings, datastores));
  }

  private VmwareStore store() {
    return store(settings());
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static StoredImage put(VmwareStore store, String id, byte[] content) throws IOException {
    try (StoreWriter writer = store.begin(id, OptionalLong.of(content.length))) {
      for (int at = 0; at < content.length; at += 300_007) {
        int end = Math.min(content.length, at + 300_007);
        writer.storage().write(at, MemorySegment.ofArray(Arrays.copyOfRange(content, at, end)));
      }
      return writer.commit();
    }
  }

  private static byte[] read(VmwareStore store, String location) throws IOException {
    try (Storage storage = store.open(location)) {
      byte[] bytes = new byte[(int) storage.size()];
      storage.readFully(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  private Set<String> files() {
    return vsphere.datastore("fast one").files.keySet();
  }

  private static StoreException refused(Kind kind, Executable action) {
    StoreException refused = assertThrows(StoreException.class, action);
    assertEquals(kind, refused.kind(), refused.getMessage());
    return refused;
  }

  @Test
  void imagesComeBackAsTheyWere() throws IOException {
    VmwareStore store = store();
    assertFalse(store.holdsImages());
    for (int size : new int[] {0, 1, 65_536, 2_500_000}) {
      StoredImage stored = put(store, "image", random(size));
      assertEquals(
          "vsphere://" + vsphere.host() + "/folder/" + DIRECTORY + "/image" + QUERY,
          stored.location());
      assertEquals(stored.location(), store.locationOf("image"));
      assertEquals(size, stored.size());
      assertEquals(Set.of(DIRECTORY + "/image"), files());
      assertArrayEquals(
          random(size), vsphere.datastore("fast one").files.get(DIRECTORY + "/image"));
      assertArrayEquals(random(size), read(store, stored.location()));
      assertTrue(store.exists(stored.location()));
      assertTrue(store.holdsImages());
      assertTrue(store.delete(stored.location()));
      assertFalse(store.exists(stored.location()));
      assertFalse(store.delete(stored.location()));
      refused(Kind.NOT_FOUND, () -> store.open(stored.location()));
    }
  }

  @Test
  void rangesAreReadWhereTheyAreAndGapsAreZeros() throws IOException {
    VmwareStore store = store();
    byte[] content = new byte[5_000_000];
    System.arraycopy(random(1000), 0, content, 3_000_000, 1000);
    try (StoreWriter writer = store.begin("gaps", OptionalLong.empty())) {
      writer.storage().write(3_000_000, MemorySegment.ofArray(random(1000)));
      writer.storage().truncate(content.length);
      assertThrows(
          IOException.class, () -> writer.storage().write(0, MemorySegment.ofArray(new byte[1])));
      writer.commit();
    }
    String location = store.locationOf("gaps");
    assertArrayEquals(content, read(store, location));
    try (Storage storage = store.open(location)) {
      for (int offset : new int[] {3_000_500, 0, 4_999_000, 2_999_990}) {
        byte[] bytes = new byte[1000];
        storage.readFully(offset, MemorySegment.ofArray(bytes));
        assertArrayEquals(Arrays.copyOfRange(content, offset, offset + 1000), bytes);
      }
      assertEquals(0, storage.read(content.length, MemorySegment.ofArray(new byte[10])));
      vsphere.datastore("fast one").files.put(DIRECTORY + "/gaps", random(6_000_000));
      IOException changed =
          assertThrows(
              IOException.class, () -> storage.readFully(10, MemorySegment.ofArray(new byte[9])));
      assertTrue(changed.getMessage().contains("asked for"), changed.getMessage());
    }
  }

  @Test
  void theDatastoreOfMostWeightThatHasRoomIsTaken() throws IOException {
    Map<String, String> settings = settings();
    settings.remove("vmware_datastores");
    String dc = FakeVsphere.DATACENTER;
    VmwareStore weighted = store(settings, dc + ":large", dc + ":fast one:5");
    VmwareStore equal = store(settings, dc + ":large:1", dc + ":fast one:1");
    assertTrue(put(weighted, "a", random(10)).location().contains("fast+one"));
    vsphere.datastore("large").free = 1L << 40;
    assertTrue(put(equal, "b", random(10)).location().contains("large"));
    assertTrue(equal.locationOf("b").contains("large"));
    assertTrue(equal.locationOf("a").contains("fast+one"));
    vsphere.datastore("fast one").free = 1000;
    assertTrue(put(weighted, "c", random(1001)).location().contains("large"));
    assertTrue(put(weighted, "d", random(1000)).location().contains("fast+one"));
    vsphere.datastore("large").accessible = false;
    refused(Kind.FULL, () -> put(weighted, "e", random(1001)));
    refused(Kind.DUPLICATE, () -> put(weighted, "c", random(10))); // in the other one
    assertTrue(weighted.delete(weighted.locationOf("c")));
    StoreException none =
        refused(Kind.UNAVAILABLE, () -> put(store(settings, dc + ":none"), "f", random(1)));
    assertTrue(none.getMessage().contains("has no datastore none"), none.getMessage());
    none = refused(Kind.UNAVAILABLE, () -> put(store(settings, "DC:large"), "f", random(1)));
    assertTrue(none.getMessage().contains("no datacenter DC"), none.getMessage());
  }

  @Test
  void whatIsNotCommittedIsNotThere() throws IOException {
    VmwareStore store = store();
    StoreWriter killed = store.begin("killed", OptionalLong.empty());
    killed.storage().write(0, MemorySegment.ofArray(random(900_000)));
    assertFalse(store.exists(store.locationOf("killed")));
    assertFalse(store.holdsImages());
    put(store, "killed.2", random(10));
    assertEquals(2, files().size());
    store.removeUnfinished("killed");
    assertEquals(Set.of(DIRECTORY + "/killed.2"), files());
    killed.close();
    try (StoreWriter writer = store.begin("aborted", OptionalLong.empty())) {
      writer.storage().write(0, MemorySegment.ofArray(random(900_000)));
    }
    assertEquals(Set.of(DIRECTORY + "/killed.2"), files());
    StoreException stranger =
        refused(
            Kind.NOT_FOUND,
            () ->
                store.open(store.locationOf("killed").replace("killed?", "killed.unfinished-1?")));
    assertTrue(stranger.getMessage().contains("no location"), stranger.getMessage());
  }

  @Test
  void aSecondImageOfTheSameIdentifierIsRefusedAndHarmsNothing() throws IOException {
    VmwareStore store = store();
    try (StoreWriter late = store.begin("twice", OptionalLong.empty())) {
      late.storage().write(0, MemorySegment.ofArray(random(20)));
      put(store, "twice", random(10));
      refused(Kind.DUPLICATE, () -> put(store, "twice", random(10)));
      refused(Kind.DUPLICATE, late::commit);
    }
    assertArrayEquals(random(10), read(store, store.locationOf("twice")));
    assertEquals(Set.of(DIRECTORY + "/twice"), files());
  }

  @Test
  void strangersLocationsAreNotRead() throws IOException {
    VmwareStore store = store();
    put(store, "x", random(5));
    String own = "vsphere://" + vsphere.host() + "/folder/" + DIRECTORY + "/x";
    for (String location :
        List.of(
            "vsphere://evil.example.org/folder/" + DIRECTORY + "/x" + QUERY,
            "vsphere://" + vsphere.host() + "/folder/vms/x" + QUERY,
            own + "?dsName=large&dcPath=Folder%2FDC+1",
            own + "?dsName=fast+one&dcPath=Other",
            own + QUERY + "&dsName=large",
            own + "/.." + QUERY,
            own,
            "https://" + vsphere.host() + "/folder/" + DIRECTORY + "/x" + QUERY,
            "file:///etc/passwd")) {
      refused(Kind.NOT_FOUND, () -> store.open(location));
      refused(Kind.NOT_FOUND, () -> store.delete(location));
    }
    String other = own + "?dcPath=Folder%2FDC+1&dsName=fast+one"; // as Glance may have ordered it
    assertArrayEquals(random(5), read(store, other));
  }

  @Test
  void aFullDatastoreIsSaidToBeFullAndKeepsNothing() throws IOException {
    VmwareStore store = store();
    vsphere.datastore("fast one").free = 3_000_000;
    refused(Kind.FULL, () -> put(store, "large", random(3_000_001)));
    StoreException full =
        refused(
            Kind.FULL,
            () -> {
              try (StoreWriter writer = store.begin("large", OptionalLong.empty())) {
                for (int at = 0; at < 40_000_000; at += 1_000_000) {
                  writer.storage().write(at, MemorySegment.ofArray(random(1_000_000)));
                }
                writer.commit();
              }
            });
    assertTrue(full.getMessage().contains("bytes left"), full.getMessage());
    assertEquals(Set.of(), files());
  }

  @Test
  void oneSessionServesUntilItEnds() throws IOException {
    VmwareStore store = store();
    int before = vsphere.logins();
    put(store, "session", random(10));
    read(store, store.locationOf("session"));
    assertEquals(before + 1, vsphere.logins());
    vsphere.endSessions();
    assertArrayEquals(random(10), read(store, store.locationOf("session")));
    assertEquals(before + 2, vsphere.logins());
    vsphere.endSessions();
    assertTrue(store.delete(store.locationOf("session")));
    assertEquals(before + 3, vsphere.logins());
    vsphere.plan().failAt(1, Fault.ENDED, true); // each time at once
    StoreException endless =
        refused(Kind.UNAVAILABLE, () -> store.exists(store.locationOf("session")));
    assertTrue(endless.getMessage().contains("ends the session"), endless.getMessage());
  }

  @Test
  void aWrongPasswordIsNotTriedOverAndOver() {
    Map<String, String> settings = settings();
    settings.put("vmware_server_password", "wrong");
    VmwareStore store = store(settings);
    int before = vsphere.logins();
    for (int i = 0; i < 3; i++) {
      StoreException refused = refused(Kind.UNAVAILABLE, () -> store.exists(store.locationOf("x")));
      assertTrue(refused.getMessage().contains("not let in"), refused.getMessage());
      assertFalse(refused.getMessage().contains("wrong"), refused.getMessage());
    }
    assertEquals(before + 1, vsphere.logins());
  }

  @Test
  void aServerOfAnotherAuthorityIsNotAskedUnlessThatIsSaid() throws IOException {
    Map<String, String> settings = settings();
    settings.put("vmware_api_retry_count", "1");
    settings.remove("vmware_ca_file");
    refused(Kind.UNAVAILABLE, () -> store(settings).exists(store().locationOf("x")));
    settings.put("vmware_insecure", "true");
    assertFalse(store(settings).exists(store().locationOf("x")));
    Path other = Files.createDirectory(directory.resolve("other"));
    settings.put("vmware_ca_file", new TestCertificates(other).certificate("root").toString());
    refused(Kind.UNAVAILABLE, () -> store(settings).exists(store().locationOf("x")));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void underFailureAtEachRequestAnImageIsThereWholeOrNotAtAll(Fault fault) throws IOException {
    byte[] content = random(400_000);
    VmwareStore store = store();
    put(store, "warm", content);
    assertTrue(store.delete(store.locationOf("warm")));
    int successes = 0;
    boolean network = fault == Fault.LOST || fault == Fault.UNANSWERED;
    for (boolean forever : network ? List.of(false, true) : List.of(false)) {
      for (int at = 1; ; at++) {
        vsphere.plan().failAt(at, fault, forever);
        boolean done = whole(store, content, forever);
        successes += done ? 1 : 0;
        if (reached < at) { // it was over before the failure
          assertTrue(done, () -> "" + failure);
          assertTrue(at > 8);
          break;
        }
      }
    }
    assertTrue(successes > 5, () -> "what can be asked twice is: " + failure);
  }

  /** Tries to bring an image; what is there afterwards must be the image, or nothing of it. */
  private boolean whole(VmwareStore store, byte[] content, boolean forever) throws IOException {
    boolean done = false;
    try {
      put(store, "faulty", content);
      done = true;
    } catch (IOException e) {
      failure = e;
    }
    reached = vsphere.plan().requests();
    vsphere.plan().failAt(0, Fault.LOST, false);
    boolean there = files().contains(DIRECTORY + "/faulty");
    assertTrue(there || !done, "a success that is none");
    assertTrue(done || forever || !there, () -> "told to have failed, and yet there: " + failure);
    if (there) {
      assertArrayEquals(content, read(store, store.locationOf("faulty")));
    }
    if (forever) {
      store.removeUnfinished("faulty"); // which nobody could, before
    }
    assertEquals(there ? Set.of(DIRECTORY + "/faulty") : Set.of(), files());
    vsphere.datastore("fast one").files.clear();
    return done;
  }

  @Test
  void theServiceKeepsImagesInIt() throws IOException {
    try (RunningServer server = new RunningServer(Files.createDirectory(directory.resolve("s")))) {
      server.set("DEFAULT", "enabled_backends", "fast:file, esx:vmware");
      settings().forEach((key, value) -> server.set("esx", key, value));
      server.start();
      byte[] content = random(6 << 20);
      String id =
          server.create(
              RunningServer.ADMIN, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      RunningServer.Answer uploaded =
          server.askAs(
              RunningServer.ADMIN,
              "PUT",
              "/v2/images/" + id + "/file",
              content,
              "x-image-meta-store",
              "esx");
      assertEquals(204, uploaded.status(), uploaded::text);
      JsonNode image = server.image(id);
      assertEquals("esx", image.path("stores").textValue());
      RunningServer.Answer part =
          server.askAs(
              RunningServer.ADMIN,
              "GET",
              "/v2/images/" + id + "/file",
              null,
              "Range",
              "bytes=5000000-5000009");
      assertArrayEquals(Arrays.copyOfRange(content, 5_000_000, 5_000_010), part.response().body());
      server.ask(
          "POST",
          "/v2/images/" + id + "/import",
          "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"fast\"]}");
      assertEquals("esx,fast", server.settled(id).path("stores").textValue());
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      assertEquals(Set.of(), files());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "vmware_server_host, 'https://vc', name or address",
    "vmware_server_host, 'user@vc', name or address",
    "vmware_server_host, '', is missing",
    "vmware_server_username, '', is missing",
    "vmware_server_password, '', is missing",
    "vmware_datastores, 'fast', DATACENTER_PATH:DATASTORE",
    "vmware_datastores, 'DC:fast:much', DATACENTER_PATH:DATASTORE",
    "vmware_datastores, ':fast:1', DATACENTER_PATH:DATASTORE",
    "vmware_datastores, 'DC::1', DATACENTER_PATH:DATASTORE",
    "vmware_datastores, 'DC:a] b:1', DATACENTER_PATH:DATASTORE",
    "vmware_store_image_dir, '/a/../b', path of a directory",
    "vmware_store_image_dir, 'a b', path of a directory",
    "vmware_store_image_dir, '/', path of a directory",
    "vmware_api_retry_count, 0, 1 to 1000",
    "vmware_task_poll_interval, 0, 1 to 3600",
    "vmware_insecure, perhaps, true or false",
    "vmware_api_insecure, perhaps, true or false",
    "vmware_ca_file, /nonexistent/ca, no such file",
    "vmware_verify, true, no setting"
  })
  void whatCannotBeObeyedIsRefused(String key, String value, String words) {
    Map<String, String> settings = settings();
    settings.put(key, value);
    SettingException refused = assertThrows(SettingException.class, () -> read(settings));
    assertTrue(refused.getMessage().contains("[esx] " + key), refused.getMessage());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
    assertFalse(refused.getMessage().contains(FakeVsphere.PASSWORD), refused.getMessage());
  }

  @Test
  void datastoresAreNamedOnceAndAtLeastOneIs() {
    Map<String, String> settings = settings();
    settings.remove("vmware_datastores");
    assertTrue(
        assertThrows(SettingException.class, () -> read(settings))
            .getMessage()
            .contains("missing"));
    assertTrue(
        assertThrows(SettingException.class, () -> read(settings, "a:b", "a:b:7"))
            .getMessage()
            .contains("there twice"));
    read(settings, "a:b", "a:b:c:7");
    settings.put("vmware_server_host", "fe80::1");
    read(settings, "a:b");
  }
}
