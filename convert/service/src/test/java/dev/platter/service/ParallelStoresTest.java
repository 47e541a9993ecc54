package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.service.ImportException.Reason;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Imports into several stores at once. */
class ParallelStoresTest {
  @TempDir Path directory;
  private Imports imports;
  private final CyclicBarrier both = new CyclicBarrier(2);

  @BeforeEach
  void setUp() throws IOException {
    imports = new Imports(directory);
    imports.with(imports.settings().withParallelStores(2));
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(List.of(), imports.leftovers());
  }

  /** Nobody writes before another one wants to write, too. */
  private WritableStorage together(WritableStorage storage) {
    try {
      both.await(20, TimeUnit.SECONDS);
      return storage;
    } catch (Exception e) {
      throw new UncheckedIOException(new IOException("nobody else came", e));
    }
  }

  private MemoryStore meeting(String id) {
    return new MemoryStore(id, false).failing(this::together);
  }

  private static ImportJob job(MemoryStore... stores) {
    return ImportJob.of(Imports.ID, new ImportMethod.GlanceDirect(), "qcow2", "bare", stores);
  }

  @Test
  void laterStoresAreFilledSideBySideWithTheSameBytes() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    for (boolean convert : new boolean[] {false, true}) {
      if (convert) {
        imports.with(ImageConversion.to("raw"));
      }
      MemoryStore one = new MemoryStore("one", false);
      MemoryStore two = meeting("two");
      MemoryStore three = meeting("three");
      ImportResult result = imports.direct(image, job(one, two, three));
      assertEquals("one", result.first().storeId());
      assertEquals(3, result.copies().size());
      byte[] expected = one.images().values().iterator().next();
      for (MemoryStore store : List.of(two, three)) {
        assertArrayEquals(expected, store.images().values().iterator().next());
      }
      for (StoredCopy copy : result.copies()) {
        assertEquals(result.first().fingerprint(), copy.fingerprint());
      }
    }
  }

  @Test
  void oneThatFailsUndoesAllOrIsNamed() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    MemoryStore one = new MemoryStore("one", false);
    MemoryStore two = meeting("two");
    MemoryStore bad = new MemoryStore("bad", false).failingToCommit().failing(this::together);
    ImportException failure =
        assertThrows(ImportException.class, () -> imports.direct(image, job(one, two, bad)));
    assertEquals(Reason.STORE_FAILED, failure.reason(), failure::toString);
    assertEquals(Map.of(), one.images());
    assertEquals(Map.of(), two.images());
    ImportResult result = imports.direct(image, job(one, two, bad).withAllStoresMustSucceed(false));
    assertEquals(Set.of("bad"), result.failed().keySet());
    assertEquals(1, two.images().size());
  }
}
