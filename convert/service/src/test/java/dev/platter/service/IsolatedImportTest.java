package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.convert.Cancellation;
import dev.platter.guest.picture.DiskSketch;
import dev.platter.sandbox.Bounds;
import dev.platter.sandbox.Sandbox;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.plugin.ImageDecompression;
import dev.platter.service.plugin.ImportPlugins;
import dev.platter.service.plugin.Introspection;
import dev.platter.storage.FileStorage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Imports whose images are looked into by other processes alone: the same comes of them. */
class IsolatedImportTest {
  private static final Path GOLDEN = Path.of("../../testdata/golden").toAbsolutePath().normalize();

  private static final String ID = "4f2f0a52-28a5-4b65-8d8f-1a3b9a5c7d00";

  @TempDir Path directory;
  private final MemoryStore store = new MemoryStore("store", false);
  private Imports imports;

  @BeforeEach
  void setUp() throws IOException {
    assumeTrue(Sandbox.lacking().isEmpty(), () -> Sandbox.lacking().toString());
    imports = new Imports(directory);
    isolated(Isolation.STRICT);
  }

  private void isolated(Isolation isolation) {
    imports.with(imports.settings().withIsolation(isolation));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    if (imports != null) {
      assertEquals(List.of(), imports.leftovers());
      List<String> children = new ArrayList<>();
      ProcessHandle.current()
          .children()
          .forEach(child -> child.info().commandLine().ifPresent(children::add));
      children.removeIf(line -> !line.contains(IsolatedWorker.class.getName()));
      assertEquals(List.of(), children);
    }
  }

  /** Keeps what it is told. */
  private static final class Told implements ImportListener {
    private Inspection inspection;
    private Map<String, String> learnt = Map.of();

    @Override
    public void inspected(Inspection found) {
      inspection = found;
    }

    @Override
    public void propertiesLearnt(Map<String, String> properties) {
      learnt = properties;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "qcow2, qcow2, '', raw",
    "vmdk, vmdk, subformat=streamOptimized, qcow2",
    "vhd, vpc, 'subformat=dynamic,force_size=on', vmdk",
    "vdi, vdi, '', raw"
  })
  void importsAsWithout(String diskFormat, String format, String options, String target)
      throws IOException {
    byte[] image = SampleImages.of(format, options);
    Told within = new Told();
    Told without = new Told();
    imports.with(new Introspection(), ImageConversion.to(target));
    ImportJob job = Imports.staged(diskFormat, store);
    StoredCopy copy = imports.direct(image, job, within).first();
    byte[] stored = store.images().get(copy.stored().location());
    assertEquals(target, copy.diskFormat());
    assertEquals(SampleImages.DISK, copy.virtualSize());
    assertEquals(Imports.fingerprint(stored), copy.fingerprint());
    assertArrayEquals(SampleImages.disk(), Imports.guest(stored, target));
    Imports local = new Imports(directory.resolve("local"));
    local.with(new Introspection(), ImageConversion.to(target));
    local.direct(image, Imports.staged(diskFormat, new MemoryStore("other", false)), without);
    assertNotNull(within.inspection);
    assertEquals(without.inspection, within.inspection);
    assertEquals(without.learnt, within.learnt);
  }

  @Test
  void tellsWhatSystemIsInside() throws IOException {
    Told told = new Told();
    imports.with(ImportPlugins.create("image_introspection", Map.of("os_distro", "libosinfo")));
    byte[] golden = Files.readAllBytes(GOLDEN.resolve("guest/windows.qcow2"));
    imports.direct(Imports.guest(golden, "qcow2"), Imports.staged("raw", store), told);
    assertEquals("windows", told.learnt.get("os_type"), told.learnt::toString);
    assertEquals("win2k22", told.learnt.get("os_distro"), told.learnt::toString);
  }

  @Test
  void sketchesAsWithout() throws IOException {
    Path image = GOLDEN.resolve("tiny-linux.qcow2");
    Staging staging = Staging.open(directory.resolve("sketches"));
    ImportSettings isolated = ImportSettings.DEFAULT.withIsolation(Isolation.STRICT);
    try (FileStorage file = FileStorage.openForReading(image)) {
      DiskSketch within = new DiskPictures(isolated, staging).sketch(ID, file, "qcow2", "bare");
      DiskSketch without =
          new DiskPictures(ImportSettings.DEFAULT, staging).sketch(ID, file, "qcow2", "bare");
      assertEquals(without, within);
      assertFalse(within.parts().isEmpty(), within::words);
    }
    Path broken = directory.resolve("broken");
    Files.write(broken, new byte[600]);
    try (FileStorage file = FileStorage.openForReading(broken)) {
      assertThrows(
          ImportException.class,
          () -> new DiskPictures(isolated, staging).sketch(ID, file, "qcow2", "bare"));
    }
  }

  @Test
  void unpacks() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(SampleImages.disk());
    }
    imports.with(new ImageDecompression());
    StoredCopy copy = imports.direct(packed.toByteArray(), Imports.staged("raw", store)).first();
    assertArrayEquals(SampleImages.disk(), store.images().get(copy.stored().location()));
    byte[] broken = packed.toByteArray();
    broken[broken.length / 2] ^= 1;
    assertFails(Reason.PLUGIN, "cannot be unpacked", broken, "raw");
  }

  private void assertFails(Reason reason, String part, byte[] image, String diskFormat)
      throws IOException {
    int before = store.images().size();
    ImportException e =
        assertThrows(
            ImportException.class, () -> imports.direct(image, Imports.staged(diskFormat, store)));
    assertEquals(reason, e.reason(), e::toString);
    assertTrue(e.getMessage().contains(part), e::toString);
    assertEquals(before, store.images().size());
  }

  @Test
  void refusesWhatItWouldRefuse() throws IOException {
    imports.with(ImageConversion.to("raw"));
    byte[] overlay = Files.readAllBytes(GOLDEN.resolve("chain-top.qcow2"));
    assertFails(Reason.UNSAFE, "backing_file", overlay, "qcow2");
    byte[] qcow2 = SampleImages.of("qcow2", "");
    assertFails(Reason.FORMAT_MISMATCH, "'qcow2'", qcow2, "raw");
    imports.with(imports.settings().withImageSizeCap(SampleImages.DISK - 1));
    assertFails(
        Reason.TOO_LARGE, "bytes", SampleImages.of("vmdk", "subformat=streamOptimized"), "vmdk");
  }

  /** A process that fails, is killed or comes to a limit is a clean failure of the import. */
  @Test
  void endsWhatTakesTooLong() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    isolated(new Isolation(Sandbox.Level.STRICT, Bounds.DEFAULT, Duration.ofMillis(1)));
    assertFails(Reason.UNSAFE, "it takes longer than", image, "qcow2");
    // Java itself cannot begin within so little, and says so.
    isolated(
        new Isolation(
            Sandbox.Level.STRICT,
            Bounds.DEFAULT.withMemory(Bounds.LEAST_MEMORY),
            Duration.ofMinutes(1)));
    ImportException e =
        assertThrows(
            ImportException.class, () -> imports.direct(image, Imports.staged("qcow2", store)));
    assertTrue(e.reason() == Reason.INTERNAL || e.reason() == Reason.UNSAFE, e::toString);
    assertEquals(Map.of(), store.images());
  }

  @Test
  void endsWhenItIsCancelled() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    Cancellation cancellation = new Cancellation();
    imports.staging().stage(Imports.ID, Imports.channel(image), 1L << 40, new Cancellation());
    ImportListener cancelling =
        new ImportListener() {
          @Override
          public void phase(Phase phase) {
            if (phase == Phase.INSPECTING) {
              cancellation.cancel();
            }
          }
        };
    ImportException e =
        assertThrows(
            ImportException.class,
            () -> imports.workflow().run(Imports.staged("qcow2", store), cancelling, cancellation));
    assertEquals(Reason.CANCELLED, e.reason(), e::toString);
  }

  /** What opens a disk in this process is refused, not let past the isolation. */
  @Test
  void noPluginOpensADisk() throws IOException {
    imports.with(
        new ImportPlugin() {
          @Override
          public String name() {
            return "opener";
          }

          @Override
          public void run(ImportDraft draft) throws IOException {
            draft.openDisk().close();
          }
        });
    assertFails(
        Reason.PLUGIN, "only isolated processes may", SampleImages.of("qcow2", ""), "qcow2");
  }

  /** What a process says that was taken over. */
  @Test
  void answersMayBeAnything() {
    for (String text :
        List.of("%", "disk", "disk raw\ndisk raw\n", "size -1", "size x", "container %zz")) {
      byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
      assertThrows(
          IllegalArgumentException.class,
          () -> {
            WorkAnswer answer = WorkAnswer.parse(bytes);
            answer.size();
            answer.inspection(5);
          },
          text);
    }
    String tale = "x".repeat(10_000) + "\n\u0007";
    WorkAnswer failure = WorkAnswer.parse(WorkAnswer.failure("image", tale).toBytes());
    assertEquals(4096, failure.failure().orElseThrow().get(1).length());
  }
}
