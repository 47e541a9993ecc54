package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.Cancellation;
import dev.platter.service.ImportException.Reason;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.testdata.FaultyStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Imports that fail: with the reason, and without a trace. */
class ImportFailureTest {
  private static final Path GOLDEN = Path.of("../../testdata/golden");

  @TempDir Path directory;
  private Imports imports;
  private final MemoryStore good = new MemoryStore("good", false);

  @BeforeEach
  void setUp() throws IOException {
    imports = new Imports(directory);
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(List.of(), imports.leftovers());
    assertEquals(0, good.open());
  }

  private void assertFails(Reason reason, String part, byte[] image, ImportJob job) {
    ImportException e =
        assertThrows(
            ImportException.class,
            () -> {
              if (job.method() instanceof ImportMethod.GlanceDirect) {
                imports.direct(image, job);
              } else {
                imports.download(image, job);
              }
            });
    assertEquals(reason, e.reason(), e::toString);
    assertTrue(e.getMessage().contains(part), e::getMessage);
    assertEquals(Map.of(), good.images());
  }

  @ParameterizedTest
  @CsvSource({
    "chain-top.qcow2, qcow2, UNSAFE, backing_file",
    "data-file.qcow2, qcow2, UNSAFE, data_file",
    "unknown-feature.qcow2, qcow2, UNSAFE, unknown_features",
    "luks.qcow2, qcow2, UNSAFE, encrypted",
    "v3.qcow2, raw, FORMAT_MISMATCH, 'qcow2'",
    "v3.qcow2, vmdk, FORMAT_MISMATCH, 'qcow2'",
    "vmdk/monolithicFlat.vmdk, vmdk, UNSAFE, extents",
    "vmdk/cowd.vmdk, vmdk, UNSAFE, extents",
    "vdi/dynamic.vdi, vhd, FORMAT_MISMATCH, 'vdi'"
  })
  void refusesWithTheReason(String file, String claimed, Reason reason, String part)
      throws IOException {
    byte[] image = Files.readAllBytes(GOLDEN.resolve(file));
    imports.with(ImageConversion.to("raw"));
    assertFails(reason, part, image, Imports.staged(claimed, good));
    assertFails(reason, part, image, Imports.web(claimed, good));
    ImportException e =
        assertThrows(
            ImportException.class,
            () ->
                imports
                    .workflow()
                    .upload(
                        Imports.staged(claimed, good),
                        Imports.channel(image),
                        OptionalLong.of(image.length),
                        ImportListener.NONE,
                        new Cancellation()));
    assertEquals(reason, e.reason(), e::toString);
    assertEquals(Map.of(), good.images());
  }

  @Test
  void acceptsOnlyWhatTheDeployerAllows() throws IOException {
    byte[] qcow2 = SampleImages.of("qcow2", "");
    imports.with(imports.settings().withDiskFormats(Set.of("raw", "iso")));
    assertFails(Reason.FORMAT_NOT_ALLOWED, "qcow2", qcow2, Imports.staged("qcow2", good));
    assertFails(Reason.FORMAT_MISMATCH, "qcow2", qcow2, Imports.staged("raw", good));
    imports.with(ImportSettings.DEFAULT.withVmdkTypes(Set.of("streamOptimized")));
    byte[] sparse = SampleImages.of("vmdk", "subformat=monolithicSparse");
    assertFails(
        Reason.FORMAT_NOT_ALLOWED, "monolithicSparse", sparse, Imports.staged("vmdk", good));
    imports.with(ImportSettings.DEFAULT.withContainerFormats(Set.of("bare")));
    ImportJob ova = ImportJob.of(Imports.ID, new ImportMethod.GlanceDirect(), "vmdk", "ova", good);
    assertFails(Reason.FORMAT_NOT_ALLOWED, "ova", SampleImages.of("ova", ""), ova);
  }

  @Test
  void noticesAContainerThatIsNotWhatWasSaid() throws IOException {
    byte[] ova = SampleImages.of("ova", "");
    assertFails(Reason.FORMAT_MISMATCH, "'ova'", ova, Imports.staged("raw", good));
    ImportJob job = ImportJob.of(Imports.ID, new ImportMethod.GlanceDirect(), "vmdk", "ova", good);
    byte[] vmdk = SampleImages.of("vmdk", "subformat=streamOptimized");
    assertFails(Reason.FORMAT_MISMATCH, "'ova'", vmdk, job);
  }

  @Test
  void keepsTheCapOnEveryPath() throws IOException {
    byte[] qcow2 = SampleImages.of("qcow2", "");
    imports.with(imports.settings().withImageSizeCap(qcow2.length - 1));
    assertFails(Reason.TOO_LARGE, "bytes", qcow2, Imports.staged("qcow2", good));
    assertFails(Reason.TOO_LARGE, "bytes", qcow2, Imports.web("qcow2", good));
    assertThrows(
        ImportException.class,
        () ->
            imports.staging().stage(Imports.ID, Imports.channel(qcow2), 1000, new Cancellation()));
    // What is stored is bounded, too: a raw disk is larger than the image it comes from.
    imports.with(imports.settings().withImageSizeCap(SampleImages.DISK - 1));
    imports.with(ImageConversion.to("raw"));
    byte[] small = SampleImages.of("vmdk", "subformat=streamOptimized");
    assertFails(Reason.TOO_LARGE, "stored", small, Imports.staged("vmdk", good));
    imports.with(ImportSettings.DEFAULT.withVirtualSizeCap(SampleImages.DISK - 512));
    assertFails(Reason.TOO_LARGE, "the disk has", small, Imports.staged("vmdk", good));
  }

  @Test
  void anImageThatWasNeverStagedHasNoData() {
    ImportException e =
        assertThrows(
            ImportException.class,
            () ->
                imports
                    .workflow()
                    .run(Imports.staged("raw", good), ImportListener.NONE, new Cancellation()));
    assertEquals(Reason.NO_DATA, e.reason());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aStoreThatFailsUndoesAllOrOnlyItself(boolean sequential) throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    for (MemoryStore bad :
        List.of(
            new MemoryStore("bad", sequential)
                .failing(storage -> new FaultyStorage(storage).fullAfter(100_000)),
            new MemoryStore("bad", sequential)
                .failing(storage -> new FaultyStorage(storage).failingChange(3)),
            new MemoryStore("bad", sequential).failingToCommit())) {
      for (String target : List.of("raw", ImageConversion.KEEP)) {
        imports.with(ImageConversion.to(target));
        List<String> told = new ArrayList<>();
        for (boolean badFirst : new boolean[] {false, true}) {
          ImportJob job =
              badFirst ? Imports.staged("qcow2", bad, good) : Imports.staged("qcow2", good, bad);
          assertFails(Reason.STORE_FAILED, "'bad'", image, job);
          ImportResult result =
              imports.direct(
                  image,
                  job.withAllStoresMustSucceed(false),
                  new ImportListener() {
                    @Override
                    public void storeFailed(String storeId, IOException reason) {
                      told.add(storeId);
                    }
                  });
          assertEquals(Set.of("bad"), result.failed().keySet());
          assertEquals(1, result.copies().size());
          assertEquals(1, good.images().size());
          good.images().clear();
          assertEquals(Map.of(), bad.images());
          assertEquals(0, bad.open());
        }
        assertEquals(List.of("bad", "bad"), told);
        assertFails(
            Reason.STORE_FAILED,
            "no store",
            image,
            Imports.staged("qcow2", bad).withAllStoresMustSucceed(false));
      }
    }
  }

  @Test
  void aDamagedImageIsNotConverted() throws IOException {
    byte[] image = SampleImages.of("vmdk", "subformat=streamOptimized");
    Arrays.fill(image, 66_000, 67_000, (byte) 0x55); // Grains, not what the inspector reads.
    imports.with(ImageConversion.to("raw"));
    assertFails(
        Reason.CONVERSION_FAILED,
        "cannot be converted",
        image,
        Imports.staged("vmdk", good).withAllStoresMustSucceed(false));
  }

  @Test
  void endsWhereItIsCancelled() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    imports.with(ImageConversion.to("raw"));
    for (ImportListener.Phase at : ImportListener.Phase.values()) {
      Cancellation cancellation = new Cancellation();
      ImportListener listener =
          new ImportListener() {
            @Override
            public void phase(Phase phase) {
              if (phase == at) {
                cancellation.cancel();
              }
            }
          };
      if (at == ImportListener.Phase.CLEANING) {
        continue; // Too late.
      }
      imports.staging().stage(Imports.ID, Imports.channel(image), 1L << 40, new Cancellation());
      ImportException e =
          assertThrows(
              ImportException.class,
              () -> imports.workflow().run(Imports.staged("qcow2", good), listener, cancellation));
      assertEquals(Reason.CANCELLED, e.reason(), at + ": " + e);
      assertEquals(Map.of(), good.images());
    }
  }

  @Test
  void aListenerThatThrowsEndsTheImport() throws IOException {
    ImportListener listener =
        new ImportListener() {
          @Override
          public void stored(StoredCopy copy) throws IOException {
            throw new IOException("the record is gone");
          }
        };
    ImportException e =
        assertThrows(
            ImportException.class,
            () ->
                imports.direct(SampleImages.of("raw", ""), Imports.staged("raw", good), listener));
    assertEquals(Reason.INTERNAL, e.reason());
    assertTrue(e.getMessage().contains("the record is gone"), e::getMessage);
    assertEquals(Map.of(), good.images());
  }

  @Test
  void leftoversOfAnEarlierProcessAreRemovedAndStagedImagesStay() throws IOException {
    Path staging = directory.resolve("staging");
    Files.write(staging.resolve(".platter-abc.part"), new byte[10]);
    Files.write(staging.resolve(Imports.ID + ".platter-staged"), new byte[10]);
    Staging again = Staging.open(staging);
    assertEquals(List.of(Imports.ID + ".platter-staged"), imports.leftovers());
    assertEquals(Set.of(Imports.ID), again.imageIds());
    again.remove(Imports.ID);
  }

  /** The sample's disk once more at the end of one of 40 GiB. */
  private static byte[] sparse() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    ByteBuffer bytes = ByteBuffer.wrap(image);
    int entries = 80;
    bytes.putLong(24, entries * (512L << 20)).putInt(36, entries);
    int table = (int) bytes.getLong(40);
    bytes.putLong(table + 8 * (entries - 1), bytes.getLong(table));
    return image;
  }

  @Test
  void aDiskThatIsTooLargeAsItIsStoredIsRefusedAtOnce() throws IOException {
    imports.with(ImageConversion.to("raw"));
    byte[] image = sparse();
    imports.with(imports.settings().withVirtualSizeCap(1L << 40).withImageSizeCap(32L << 30));
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertFails(
                Reason.TOO_LARGE, "42949672960 bytes", image, Imports.staged("qcow2", good)));
    byte[] immense = image.clone();
    ByteBuffer.wrap(immense).putLong(24, 1L << 61);
    ImportException refused =
        assertThrows(
            ImportException.class, () -> imports.direct(immense, Imports.staged("qcow2", good)));
    assertTrue(
        Set.of(Reason.TOO_LARGE, Reason.UNSAFE).contains(refused.reason()), refused::toString);
  }
}
