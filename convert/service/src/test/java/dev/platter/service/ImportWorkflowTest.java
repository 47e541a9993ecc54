package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportListener.Phase;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.plugin.ImportPlugins;
import dev.platter.service.plugin.InjectImageMetadata;
import dev.platter.service.plugin.Introspection;
import dev.platter.service.store.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Imports that go well. */
class ImportWorkflowTest {
  static final List<SampleImages.Kind> KINDS = SampleImages.KINDS;

  @TempDir Path directory;
  private Imports imports;

  @BeforeEach
  void setUp() throws IOException {
    imports = new Imports(directory);
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void storesAnImageAsItIs(SampleImages.Kind kind) throws IOException {
    byte[] image = SampleImages.of(kind);
    for (boolean sequential : new boolean[] {false, true}) {
      MemoryStore store = new MemoryStore("store", sequential);
      StoredCopy copy = imports.direct(image, Imports.staged(kind.diskFormat(), store)).first();
      assertArrayEquals(image, store.images().get(copy.stored().location()));
      assertEquals(Imports.fingerprint(image), copy.fingerprint());
      assertEquals(SampleImages.DISK, copy.virtualSize());
      assertEquals(kind.diskFormat(), copy.diskFormat());
    }
    assertEquals(List.of(), imports.leftovers());
  }

  /** Both methods, into a store that takes bytes anywhere and one that takes them in order. */
  @ParameterizedTest
  @FieldSource("KINDS")
  void convertsEveryFormat(SampleImages.Kind kind) throws IOException {
    byte[] image = SampleImages.of(kind);
    for (String target : List.of("raw", "qcow2", "vmdk")) {
      imports.with(ImageConversion.to(target));
      for (boolean sequential : new boolean[] {false, true}) {
        MemoryStore store = new MemoryStore("store", sequential);
        StoredCopy copy =
            sequential
                ? imports.download(image, Imports.web(kind.diskFormat(), store)).first()
                : imports.direct(image, Imports.staged(kind.diskFormat(), store)).first();
        byte[] stored = store.images().get(copy.stored().location());
        assertEquals(target, copy.diskFormat());
        assertEquals(SampleImages.DISK, copy.virtualSize());
        assertEquals(Imports.fingerprint(stored), copy.fingerprint());
        assertEquals(stored.length, copy.stored().size());
        assertArrayEquals(SampleImages.disk(), Imports.guest(stored, target));
        assertEquals(0, store.open());
      }
    }
    assertEquals(List.of(), imports.leftovers());
  }

  @Test
  void convertsTheDiskOfAnAppliance() throws IOException {
    imports.with(ImageConversion.to("raw"));
    MemoryStore store = new MemoryStore("store", false);
    ImportJob job = ImportJob.of(Imports.ID, new ImportMethod.GlanceDirect(), "vmdk", "ova", store);
    StoredCopy copy = imports.direct(SampleImages.of("ova", ""), job).first();
    assertArrayEquals(SampleImages.disk(), store.images().get(copy.stored().location()));
    assertEquals("bare", copy.containerFormat());
  }

  @Test
  void convertsOnceForSeveralStoresAndForEachFormatThatAStoreWants() throws IOException {
    imports.with(new ImageConversion("raw", Map.of("b", "qcow2", "d", ImageConversion.KEEP)));
    List<MemoryStore> stores = new ArrayList<>();
    for (String id : List.of("a", "b", "c", "d")) {
      stores.add(new MemoryStore(id, id.equals("c")));
    }
    byte[] image = SampleImages.of("vdi", "");
    List<StoredCopy> copies =
        imports.direct(image, Imports.staged("vdi", stores.toArray(MemoryStore[]::new))).copies();
    assertEquals(
        List.of("raw", "qcow2", "raw", "vdi"),
        copies.stream().map(StoredCopy::diskFormat).toList());
    assertArrayEquals(
        SampleImages.disk(), stores.get(2).images().get(copies.get(2).stored().location()));
    assertArrayEquals(image, stores.get(3).images().get(copies.get(3).stored().location()));
  }

  /** A kernel of Linux has the mark of a boot record, and no partitions. */
  @Test
  void takesAKernelForAKernelAndNotForADisk() throws IOException {
    imports.with(ImageConversion.to("qcow2"));
    byte[] kernel = new byte[100_000];
    kernel[510] = 0x55;
    kernel[511] = (byte) 0xAA;
    System.arraycopy(new byte[] {'H', 'd', 'r', 'S'}, 0, kernel, 0x202, 4);
    MemoryStore store = new MemoryStore("store", false);
    assertEquals("aki", imports.direct(kernel, Imports.staged("aki", store)).first().diskFormat());
    ImportException e =
        assertThrows(
            ImportException.class, () -> imports.direct(kernel, Imports.staged("raw", store)));
    assertEquals(ImportException.Reason.UNSAFE, e.reason());
  }

  @Test
  void leavesADiscADisc() throws IOException {
    imports.with(ImageConversion.to("qcow2"));
    byte[] disc = new byte[100_000];
    System.arraycopy(new byte[] {1, 'C', 'D', '0', '0', '1', 1}, 0, disc, 0x8000, 7);
    MemoryStore store = new MemoryStore("store", false);
    assertEquals("iso", imports.direct(disc, Imports.staged("iso", store)).first().diskFormat());
  }

  @Test
  void givesPropertiesInOrderAndLetsPeopleKnowBetter() throws IOException {
    imports.with(
        new Introspection(), new InjectImageMetadata(Set.of("admin"), Map.of("injected", "yes")));
    byte[] image = SampleImages.of("vmdk", "subformat=streamOptimized,adapter_type=buslogic");
    Map<String, String> known = Map.of("vmware_adaptertype", "ide");
    Map<String, String> found =
        imports
            .direct(
                image, Imports.staged("vmdk", new MemoryStore("s", false)).withProperties(known))
            .properties();
    assertEquals("ide", found.get("vmware_adaptertype"));
    assertEquals("streamOptimized", found.get("vmware_disktype"));
    assertEquals("yes", found.get("injected"));
    Map<String, String> ofAdmin =
        imports
            .direct(
                image,
                Imports.staged("vmdk", new MemoryStore("s", false))
                    .askedBy(Requester.withRoles(Set.of("admin"))))
            .properties();
    assertTrue(!ofAdmin.containsKey("injected"), ofAdmin.toString());
  }

  /** The properties are of the disk, so that converting it leaves them as they were. */
  @Test
  void learnsTheOperatingSystemFromTheDisk() throws IOException {
    imports.with(new Introspection(), ImageConversion.to("raw"));
    Map<String, String> linux = learnt("tiny-linux.qcow2");
    assertEquals("tiny", linux.get("os_distro"));
    assertEquals("1", linux.get("os_version"));
    Map<String, String> windows = learnt("guest/windows.qcow2");
    assertEquals("windows", windows.get("os_type"));
    assertEquals("windows", windows.get("os_distro"));
    assertEquals("10.0.20348", windows.get("os_version"));
    assertEquals("x86_64", windows.get("architecture"));
    assertEquals("uefi", windows.get("hw_firmware_type"));
    assertEquals(List.of(), imports.leftovers());
  }

  @Test
  void countsWhatIsInstalled() throws IOException {
    imports.with(ImportPlugins.create("package_inventory", Map.of()));
    Map<String, String> listed = learnt("guest/packages.qcow2");
    assertEquals("4", listed.get("os_packages"));
    assertEquals("apk,dpkg", listed.get("os_package_managers"));
    assertEquals("true", listed.get("os_packages_complete"));
    assertNull(learnt("tiny-linux.qcow2").get("os_packages"), "there is no list");
    byte[] image = Files.readAllBytes(Path.of("../../testdata/golden/guest/packages.qcow2"));
    ImportJob job =
        Imports.staged("qcow2", new MemoryStore("store", false))
            .withProperties(Map.of("os_packages", "0"));
    assertEquals("4", imports.direct(image, job).properties().get("os_packages"));
    assertEquals(List.of(), imports.leftovers());
  }

  @Test
  void forgetsWhatIsTrueOfTheSourcesFormatAlone() throws IOException {
    byte[] image = SampleImages.of("vmdk", "subformat=streamOptimized,adapter_type=buslogic");
    Map<String, String> said =
        Map.of("vmware_disktype", "streamOptimized", "vmware_adaptertype", "ide", "mine", "x");
    imports.with(
        new Introspection(), new ImageConversion("raw", Map.of("as-it-is", ImageConversion.KEEP)));
    for (MemoryStore first :
        List.of(new MemoryStore("store", false), new MemoryStore("as-it-is", false))) {
      MemoryStore second = new MemoryStore("raw-too", false);
      ImportJob job = Imports.staged("vmdk", first, second).withProperties(said);
      Map<String, String> left = imports.direct(image, job).properties();
      boolean kept = first.id().equals("as-it-is"); // it is the first copy that the record has
      assertEquals("x", left.get("mine"));
      for (String name : said.keySet()) {
        assertEquals(kept || name.equals("mine"), left.containsKey(name), name);
      }
      assertEquals(kept, left.containsKey("disk_geometry"), left::toString);
    }
  }

  /** A user may have set them, or an earlier import. */
  @Test
  void forgetsWhatIsTrueOfNeitherFormat() throws IOException {
    Map<String, String> said =
        Map.of("vmware_disktype", "streamOptimized", "vmware_adaptertype", "ide", "mine", "x");
    byte[] image = SampleImages.of("qcow2", "");
    for (String target : List.of("raw", "vmdk")) {
      imports.with(new Introspection(), ImageConversion.to(target));
      MemoryStore store = new MemoryStore("store", false);
      ImportJob job = Imports.staged("qcow2", store).withProperties(said);
      Map<String, String> left = imports.direct(image, job).properties();
      assertEquals(target.equals("raw") ? Set.of("mine") : said.keySet(), left.keySet(), target);
    }
  }

  private Map<String, String> learnt(String golden) throws IOException {
    byte[] image = Files.readAllBytes(Path.of("../../testdata/golden").resolve(golden));
    MemoryStore store = new MemoryStore("store", false);
    return imports.direct(image, Imports.staged("qcow2", store)).properties();
  }

  @Test
  void copiesBetweenStoresWhatTheRecordDescribes() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    MemoryStore first = new MemoryStore("first", false);
    StoredCopy copy = imports.direct(image, Imports.staged("qcow2", first)).first();
    MemoryStore second = new MemoryStore("second", true);
    ImportMethod method =
        new ImportMethod.CopyImage(
            first,
            copy.stored().location(),
            Optional.of(copy.fingerprint()),
            OptionalLong.of(copy.virtualSize()));
    imports.with(ImageConversion.to("raw")); // Not for copies.
    ImportJob job = ImportJob.of(Imports.ID, method, "qcow2", "bare", second);
    StoredCopy copied =
        imports.workflow().run(job, ImportListener.NONE, new Cancellation()).first();
    assertArrayEquals(image, second.images().get(copied.stored().location()));
    assertEquals(copy.fingerprint(), copied.fingerprint());
    first.images().computeIfPresent(copy.stored().location(), (at, bytes) -> new byte[5]);
    MemoryStore third = new MemoryStore("third", false);
    ImportJob again = ImportJob.of(Imports.ID, method, "qcow2", "bare", third);
    ImportException e =
        assertThrows(
            ImportException.class,
            () -> imports.workflow().run(again, ImportListener.NONE, new Cancellation()));
    assertEquals(ImportException.Reason.STORE_FAILED, e.reason());
    assertEquals(Map.of(), third.images());
  }

  @Test
  void tellsItsListenerHowItGoes() throws IOException {
    imports.with(ImageConversion.to("raw"));
    List<String> told = new ArrayList<>();
    ImportListener listener =
        new ImportListener() {
          @Override
          public void phase(Phase phase) {
            told.add(phase.toString());
          }

          @Override
          public void progress(Phase phase, long done, long total) {
            if (done == total) {
              told.add(phase + " " + total);
            }
          }

          @Override
          public void inspected(Inspection inspection) {
            told.add(inspection.diskFormat());
          }

          @Override
          public void formatChanged(String diskFormat, String containerFormat) {
            told.add("now " + diskFormat + " " + containerFormat);
          }

          @Override
          public void stored(StoredCopy copy) {
            told.add("stored in " + copy.storeId());
          }
        };
    imports.direct(
        SampleImages.of("qcow2", ""),
        Imports.staged("qcow2", new MemoryStore("s", false)),
        listener);
    assertEquals(
        List.of(
            "WAITING",
            "FETCHING",
            "INSPECTING",
            "qcow2",
            "PLUGINS",
            "STORING",
            "now raw bare",
            "STORING " + SampleImages.DISK,
            "stored in s",
            "CLEANING"),
        told);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void uploadsInOnePass(boolean sequential) throws IOException {
    for (SampleImages.Kind kind : KINDS) {
      byte[] image = SampleImages.of(kind);
      MemoryStore store = new MemoryStore("s", sequential);
      StoredCopy copy =
          imports
              .workflow()
              .upload(
                  Imports.staged(kind.diskFormat(), store),
                  Imports.channel(image),
                  OptionalLong.empty(),
                  ImportListener.NONE,
                  new Cancellation())
              .first();
      assertArrayEquals(image, store.images().get(copy.stored().location()));
      assertEquals(Imports.fingerprint(image), copy.fingerprint());
      assertEquals(SampleImages.DISK, copy.virtualSize());
    }
  }

  @Test
  void keepsFilesSparseOnTheWay() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    FileStore store = FileStore.in("file", "", images).durable(false);
    byte[] disk = new byte[64 << 20];
    disk[40 << 20] = 1;
    StoredCopy copy = imports.direct(disk, Imports.staged("raw", store)).first();
    try (var stored = store.open(copy.stored().location())) {
      assertEquals(disk.length, stored.size());
      assertTrue(stored.allocatedSize() < 1 << 20, () -> "not sparse");
    }
  }
}
