package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.Cancellation;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.store.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** As many imports as users like, and as much memory as the settings say. */
class ManyImportsTest {
  private static final int IMPORTS = 50;
  private static final int AT_ONCE = 3;

  @TempDir Path directory;

  @Test
  void fiftyAtOnceTakeTurns() throws Exception {
    Path images = Files.createDirectory(directory.resolve("images"));
    FileStore store = FileStore.in("file", "", images).durable(false);
    Imports imports = new Imports(directory);
    imports
        .with(imports.settings().withConcurrentImports(AT_ONCE).withConversionWorkers(1))
        .with(ImageConversion.to("raw"));
    ImportWorkflow workflow = imports.workflow();
    byte[] image = SampleImages.of("vmdk", "subformat=streamOptimized");
    AtomicInteger now = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    ImportListener counting =
        new ImportListener() {
          @Override
          public void phase(Phase phase) {
            if (phase == Phase.FETCHING) {
              most.accumulateAndGet(now.incrementAndGet(), Math::max);
            } else if (phase == Phase.CLEANING) {
              now.decrementAndGet();
            }
          }
        };
    Fingerprint expected = Imports.fingerprint(SampleImages.disk());
    List<Callable<ImportResult>> jobs = new ArrayList<>();
    for (int i = 0; i < IMPORTS; i++) {
      String id = "image-" + i;
      imports.staging().stage(id, Imports.channel(image), 1L << 30, new Cancellation());
      ImportJob job = ImportJob.of(id, new ImportMethod.GlanceDirect(), "vmdk", "bare", store);
      jobs.add(() -> workflow.run(job, counting, new Cancellation()));
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<ImportResult> result : threads.invokeAll(jobs)) {
        assertEquals(expected, result.get().first().fingerprint());
      }
    }
    assertTrue(most.get() <= AT_ONCE, () -> most + " at once");
    assertEquals(List.of(), imports.leftovers());
    assertEquals(IMPORTS, fileCount(images));
  }

  private static long fileCount(Path images) throws IOException {
    try (var files = Files.list(images)) {
      return files.count();
    }
  }
}
