package dev.platter.server.cinder;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.FaultPlan.Fault;
import dev.platter.server.config.IniFile;
import dev.platter.server.config.SettingException;
import dev.platter.server.config.StoreConfig;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.service.store.StoreWriter;
import dev.platter.service.store.StoredImage;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Images in volumes of a stub of Cinder that is strict, with a directory for its share of NFS. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CinderStoreTest {
  private static final long GIBIBYTE = 1L << 30;

  private Path share;
  private FakeCinder cinder;
  private int reached;
  private IOException failure;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    share = temporary.toRealPath();
    cinder = new FakeCinder(share);
  }

  @AfterAll
  void end() {
    cinder.close();
  }

  @BeforeEach
  void empty() throws IOException {
    cinder.clear();
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("cinder_store_auth_address", cinder.url() + "/identity");
    settings.put("cinder_store_user_name", "glance");
    settings.put("cinder_store_password", "a-secret");
    settings.put("cinder_store_project_name", "service");
    settings.put("cinder_volume_type", "images");
    settings.put("cinder_http_retries", "2");
    settings.put("cinder_timeout", "1");
    settings.put("cinder_state_transition_timeout", "2");
    return settings;
  }

  private static CinderSettings read(Map<String, String> settings) {
    IniFile ini = IniFile.empty();
    settings.forEach((key, value) -> ini.set("vol", key, value));
    return CinderSettings.read(StoreConfig.named(ini, "vol", "cinder"));
  }

  private CinderStore store(Map<String, String> settings) {
    return CinderStore.create(
        read(settings),
        (name, options) -> {
          assertEquals(FakeCinder.SHARE, name);
          assertEquals("-o vers=4.1", options);
          return share;
        });
  }

  private CinderStore store() {
    return store(settings());
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  private static StoredImage put(CinderStore store, String id, byte[] content) throws IOException {
    try (StoreWriter writer = store.begin(id, OptionalLong.of(content.length))) {
      writer.storage().write(0, MemorySegment.ofArray(content));
      return writer.commit();
    }
  }

  private static byte[] read(CinderStore store, String location) throws IOException {
    try (Storage storage = store.open(location)) {
      byte[] bytes = new byte[(int) storage.size()];
      storage.readFully(0, MemorySegment.ofArray(bytes));
      return bytes;
    }
  }

  private static StoreException refused(Kind kind, Executable action) {
    StoreException refused = assertThrows(StoreException.class, action);
    assertEquals(kind, refused.kind(), refused.getMessage());
    return refused;
  }

  private void assertNothingIsLeft() {
    assertEquals(Map.of(), cinder.volumes);
    assertEquals(Map.of(), cinder.attachments);
    assertArrayEquals(new String[0], share.toFile().list());
  }

  @Test
  void imagesComeBackAsTheyWere() throws IOException {
    CinderStore store = store();
    assertFalse(store.holdsImages());
    assertFalse(store.exists(store.locationOf("image")));
    for (int size : new int[] {0, 1, 3_000_000}) {
      StoredImage stored = put(store, "image", random(size));
      String id = cinder.ids().getFirst();
      assertEquals("cinder://vol/" + id, stored.location());
      assertEquals(stored.location(), store.locationOf("image"));
      FakeCinder.Volume volume = cinder.volumes.get(id);
      assertEquals("image-image", volume.name);
      assertEquals("images", volume.type);
      assertEquals(Map.of("glance_image_id", "image", "image_size", "" + size), volume.metadata);
      assertTrue(volume.readOnly);
      assertEquals("available", volume.status);
      assertArrayEquals(random(size), read(store, stored.location()));
      assertArrayEquals(random(size), read(store, "cinder://" + id)); // of a single store
      assertEquals(Map.of(), cinder.attachments);
      assertTrue(store.holdsImages());
      assertTrue(store.delete(stored.location()));
      assertFalse(store.delete(stored.location()));
      refused(Kind.NOT_FOUND, () -> store.open(stored.location()));
      assertNothingIsLeft();
    }
  }

  @Test
  void aVolumeGrowsWithItsImageAndHolesTakeNoRoom() throws IOException {
    CinderStore store = store();
    byte[] end = random(5000);
    String location;
    try (StoreWriter writer = store.begin("large", OptionalLong.empty())) {
      WritableStorage storage = writer.storage();
      assertTrue(storage.readsZeroWhereUnwritten());
      storage.write(GIBIBYTE - 7, MemorySegment.ofArray(end)); // over the end of one GiB
      storage.zero(2 * GIBIBYTE, 100_000);
      storage.write(0, MemorySegment.ofArray(random(10)));
      storage.truncate(5 * GIBIBYTE + 1);
      byte[] back = new byte[5000];
      storage.readFully(GIBIBYTE - 7, MemorySegment.ofArray(back));
      assertArrayEquals(end, back);
      location = writer.commit().location();
    }
    String id = cinder.ids().getFirst();
    assertEquals(6, cinder.volumes.get(id).size);
    try (Storage image = store.open(location);
        Storage file = FileStorage.openForReading(cinder.file(id))) {
      assertEquals(5 * GIBIBYTE + 1, image.size());
      assertTrue(file.allocatedSize() < 1 << 20, () -> "holes are not kept");
      assertTrue(image.runAt(GIBIBYTE + 100_000, image.size()).hole());
      byte[] back = new byte[5000];
      image.readFully(GIBIBYTE - 7, MemorySegment.ofArray(back));
      assertArrayEquals(end, back);
      assertEquals(1, image.read(5 * GIBIBYTE, MemorySegment.ofArray(new byte[10])));
    }
  }

  @Test
  void whatAnImageShrinksByIsZerosWhenItGrowsAgain() throws IOException {
    CinderStore store = store();
    try (StoreWriter writer = store.begin("shrunk", OptionalLong.of(100))) {
      writer.storage().write(0, MemorySegment.ofArray(random(10_000)));
      writer.storage().truncate(10);
      writer.storage().truncate(10_000);
      writer.commit();
    }
    byte[] expected = new byte[10_000];
    System.arraycopy(random(10_000), 0, expected, 0, 10);
    assertArrayEquals(expected, read(store, store.locationOf("shrunk")));
  }

  @Test
  void whatIsNotCommittedIsNoImage() throws IOException {
    CinderStore store = store();
    StoreWriter killed = store.begin("killed", OptionalLong.of(10));
    killed.storage().write(0, MemorySegment.ofArray(random(10)));
    String location = "cinder://vol/" + cinder.ids().getFirst();
    assertFalse(store.exists(location));
    assertFalse(store.holdsImages());
    refused(Kind.NOT_FOUND, () -> store.open(location));
    StoredImage other = put(store, "other", random(10));
    store.removeUnfinished("killed");
    store.removeUnfinished("other");
    assertEquals(
        List.of(other.location()), cinder.ids().stream().map(id -> "cinder://vol/" + id).toList());
    killed.close();
    try (StoreWriter writer = store.begin("aborted", OptionalLong.empty())) {
      writer.storage().write(GIBIBYTE, MemorySegment.ofArray(random(10)));
    }
    store.delete(other.location());
    assertNothingIsLeft();
  }

  @Test
  void aSecondImageOfTheSameIdentifierIsRefusedAndHarmsNothing() throws IOException {
    CinderStore store = store();
    try (StoreWriter late = store.begin("twice", OptionalLong.of(10))) {
      put(store, "twice", random(10));
      refused(Kind.DUPLICATE, () -> put(store, "twice", random(10)));
      refused(Kind.DUPLICATE, late::commit);
    }
    assertEquals(1, cinder.ids().size());
    assertArrayEquals(random(10), read(store, store.locationOf("twice")));
  }

  @ParameterizedTest
  @CsvSource({
    "iscsi, raw, , false, driver 'iscsi'",
    "fibre_channel, raw, , false, driver 'fibre_channel'",
    "rbd, raw, , false, driver 'rbd'",
    "nfs, qcow2, , false, format 'qcow2'",
    "nfs, '', , false, format ''",
    "nfs, raw, , true, is encrypted",
    "nfs, raw, ../../etc/passwd, false, no name of a file",
    "nfs, raw, none, false, is no file",
    "local, raw, /etc/passwd, false, no block device",
    "local, raw, /dev/null, false, no block device",
    "local, raw, /dev/../etc/passwd, false, no block device"
  })
  void whatCannotBeAttachedIsRefusedByNameAndNotLeft(
      String driver, String format, String file, boolean encrypted, String words) {
    cinder.driver = driver;
    cinder.format = format;
    cinder.fileName = file;
    cinder.encrypted = encrypted;
    StoreException refused =
        refused(Kind.UNAVAILABLE, () -> store().begin("image", OptionalLong.of(1)));
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
    assertNothingIsLeft();
  }

  @Test
  void aFullCinderIsSaidToBeFullAndKeepsNothing() {
    cinder.quota = 1;
    refused(Kind.FULL, () -> store().begin("large", OptionalLong.of(GIBIBYTE + 1)));
    refused(
        Kind.FULL,
        () -> {
          try (StoreWriter writer = store().begin("large", OptionalLong.empty())) {
            writer.storage().write(0, MemorySegment.ofArray(random(10)));
            writer.storage().write(GIBIBYTE, MemorySegment.ofArray(random(10)));
          }
        });
    assertNothingIsLeft();
  }

  @Test
  void allWhoReadAnImageShareAnAttachmentAndItIsNotDeletedMeanwhile() throws IOException {
    CinderStore store = store();
    String location = put(store, "read", random(1000)).location();
    try (Storage first = store.open(location)) {
      Storage second = store.open(location);
      assertEquals(1, cinder.attachments.size());
      second.close();
      second.close();
      assertEquals(1, cinder.attachments.size());
      refused(Kind.UNAVAILABLE, () -> store.delete(location));
      byte[] back = new byte[100];
      first.readFully(900, MemorySegment.ofArray(back));
      assertArrayEquals(Arrays.copyOfRange(random(1000), 900, 1000), back);
    }
    assertEquals(Map.of(), cinder.attachments);
    assertTrue(store.delete(location));
  }

  @Test
  void strangersLocationsAreNotRead() throws IOException {
    CinderStore store = store();
    String id = put(store, "x", random(5)).location().substring("cinder://vol/".length());
    for (String location :
        List.of(
            "cinder://other/" + id, "cinder://vol/x/" + id, "cinder://vol/..", "file:///" + id)) {
      refused(Kind.NOT_FOUND, () -> store.open(location));
      refused(Kind.NOT_FOUND, () -> store.delete(location));
    }
    cinder.volumes.get(id).metadata.clear(); // somebody's volume, and no image
    assertFalse(store.exists("cinder://vol/" + id));
    assertFalse(store.delete("cinder://vol/" + id));
    cinder
        .volumes
        .get(id)
        .metadata
        .putAll(Map.of("glance_image_id", "x", "image_size", "9999999999"));
    assertTrue(
        refused(Kind.UNAVAILABLE, () -> store.open("cinder://vol/" + id))
            .getMessage()
            .contains("said to have"));
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void underFailureAtEachRequestAnImageIsThereWholeOrNotAtAll(Fault fault) throws IOException {
    CinderStore store = store();
    int successes = 0;
    boolean network = fault == Fault.LOST || fault == Fault.UNANSWERED;
    for (boolean forever : network ? List.of(false, true) : List.of(false)) {
      for (int at = 1; ; at++) {
        cinder.plan().failAt(at, fault, forever);
        boolean done = whole(store, forever, network ? GIBIBYTE + 1 : 1000);
        successes += done ? 1 : 0;
        if (reached < at) { // it was over before the failure
          assertTrue(done, () -> "" + failure);
          assertTrue(at > 9);
          break;
        }
        boolean repeatable = forever || done;
        assertTrue(repeatable, () -> "not repeated: " + failure);
      }
    }
    assertTrue(successes > 9, () -> "" + failure);
  }

  /** Tries to bring an image; what is there afterwards must be the image, or nothing of it. */
  private boolean whole(CinderStore store, boolean forever, long size) throws IOException {
    byte[] content = random(1000);
    boolean done = false;
    try (StoreWriter writer = store.begin("faulty", OptionalLong.empty())) {
      writer.storage().write(0, MemorySegment.ofArray(content));
      writer.storage().truncate(size);
      writer.commit();
      done = true;
    } catch (IOException e) {
      failure = e;
    }
    reached = cinder.plan().requests();
    cinder.plan().failAt(0, Fault.LOST, false);
    if (forever) {
      store.removeUnfinished("faulty"); // which nobody could, before
    }
    boolean there = !cinder.volumes.isEmpty();
    assertTrue(there || !done, "a success that is none");
    assertTrue(done || forever || !there, () -> "told to have failed, and yet there: " + failure);
    if (there) {
      try (Storage image = store.open(store.locationOf("faulty"))) {
        assertEquals(size, image.size());
        byte[] back = new byte[1000];
        image.readFully(0, MemorySegment.ofArray(back));
        assertArrayEquals(content, back);
      }
    }
    assertEquals(there ? 1 : 0, cinder.volumes.size());
    assertEquals(Map.of(), cinder.attachments);
    cinder.clear();
    return done;
  }

  @Test
  void aReadThatFailsAtARequestLeavesNoAttachment() throws IOException {
    CinderStore store = store();
    String location = put(store, "read", random(1000)).location();
    for (Fault fault : Fault.values()) {
      for (int at = 1; at <= 5; at++) {
        cinder.plan().failAt(at, fault, false);
        assertArrayEquals(random(1000), read(store, location), fault + " at " + at);
        assertEquals(Map.of(), cinder.attachments, fault + " at " + at);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "cinder_store_auth_address, '', is missing",
    "cinder_store_auth_address, 'x y', no URL",
    "cinder_store_user_name, '', is missing",
    "cinder_store_password, '', is missing",
    "cinder_store_project_name, '', is missing",
    "cinder_catalog_info, volumev3:publicURL, TYPE:NAME",
    "cinder_catalog_info, volumev3::secretURL, TYPE:NAME",
    "cinder_endpoint_template, 'ftp://x/%(tenant)s', no URL",
    "cinder_endpoint_template, 'http://x/%(user)s', no URL",
    "cinder_mount_point_base, mnt, absolute",
    "cinder_state_transition_timeout, -1, 0 to",
    "cinder_http_retries, many, 0 to",
    "cinder_api_insecure, perhaps, true or false",
    "cinder_use_multipath, perhaps, true or false",
    "cinder_ca_certificates_file, /nonexistent/ca, no such file",
    "cinder_verify, true, no setting"
  })
  void whatCannotBeObeyedIsRefused(String key, String value, String words) {
    Map<String, String> settings = settings();
    settings.put(key, value);
    SettingException refused = assertThrows(SettingException.class, () -> read(settings));
    assertTrue(refused.getMessage().contains("[vol] " + key), refused.getMessage());
    assertTrue(refused.getMessage().contains(words), refused.getMessage());
    assertFalse(refused.getMessage().contains("a-secret"), refused.getMessage());
  }

  @Test
  void cinderIsFoundAsTheSettingsSay() throws IOException {
    Map<String, String> settings = settings();
    for (String right : List.of("volumev3:cinderv3:publicURL", "volumev3::public")) {
      settings.put("cinder_catalog_info", right);
      settings.put("cinder_os_region_name", "here");
      assertFalse(store(settings).holdsImages());
    }
    settings.put("cinder_os_region_name", "elsewhere");
    assertTrue(
        refused(Kind.UNAVAILABLE, () -> store(settings).holdsImages())
            .getMessage()
            .contains("in region elsewhere"));
    settings.put("cinder_endpoint_template", cinder.url() + "/volume/v3/%(tenant)s");
    assertFalse(store(settings).holdsImages());
    settings.put("cinder_store_password", "wrong");
    StoreException refused = refused(Kind.UNAVAILABLE, () -> store(settings).holdsImages());
    assertFalse(refused.getMessage().contains("wrong"), refused.getMessage());
  }
}
