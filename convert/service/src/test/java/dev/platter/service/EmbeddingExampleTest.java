package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.convert.Cancellation;
import dev.platter.service.download.AddressFilter;
import dev.platter.service.download.HttpDownloads;
import dev.platter.service.download.UriFilter;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.plugin.Introspection;
import dev.platter.service.store.FileStore;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of README.md, kept where it compiles and runs. */
class EmbeddingExampleTest {
  @TempDir Path directory;

  @Test
  void importsAnImage() throws IOException {
    Path images = Files.createDirectory(directory.resolve("images"));
    ReadableByteChannel upload = Imports.channel(SampleImages.of("qcow2", ""));
    String id = Imports.ID;
    Map<String, String> properties = Map.of("os_distro", "debian");

    Staging staging = Staging.open(directory.resolve("staging"));
    FileStore store = FileStore.in("fast", "local disks", images);
    List<ImportPlugin> plugins = List.of(new Introspection(), ImageConversion.to("raw"));
    try (HttpDownloads web = new HttpDownloads(UriFilter.DEFAULT, AddressFilter.PUBLIC)) {
      ImportWorkflow workflow = new ImportWorkflow(staging, ImportSettings.DEFAULT, plugins, web);

      staging.stage(id, upload, ImportSettings.DEFAULT.imageSizeCap(), new Cancellation());
      ImportJob job = ImportJob.of(id, new ImportMethod.GlanceDirect(), "qcow2", "bare", store);
      ImportResult result =
          workflow.run(job.withProperties(properties), ImportListener.NONE, new Cancellation());

      StoredCopy copy = result.first();
      System.Logger log = System.getLogger("images");
      log.log(System.Logger.Level.DEBUG, copy.stored().location() + " " + copy.fingerprint());
      assertEquals("raw", copy.diskFormat());
    }
    assertTrue(Files.exists(images.resolve(id)));
    String readme = Files.readString(Path.of("../../README.md"));
    assertTrue(
        readme.contains("new ImportWorkflow(staging, ImportSettings.DEFAULT, plugins, web)"));
  }
}
