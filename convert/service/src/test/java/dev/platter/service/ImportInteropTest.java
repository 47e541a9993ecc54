package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.platter.convert.Cancellation;
import dev.platter.service.download.AddressFilter;
import dev.platter.service.download.HttpDownloads;
import dev.platter.service.download.HttpGate;
import dev.platter.service.download.UriFilter;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.plugin.Introspection;
import dev.platter.service.store.FileStore;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Images that qemu-img made, by both methods, converted; qemu-img says whether they are equal. */
@Tag("interop")
class ImportInteropTest {
  @TempDir Path directory;
  private ExternalTool qemuImg;
  private Path images;
  private FileStore store;
  private HttpServer server;

  @BeforeEach
  void setUp() throws IOException {
    qemuImg = ExternalTool.qemuImg();
    images = Files.createDirectory(directory.resolve("images"));
    store = FileStore.in("store", "", images).durable(false);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] bytes = Files.readAllBytes(directory.resolve("source"));
          exchange.sendResponseHeaders(200, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void tearDown() {
    server.stop(0);
  }

  @ParameterizedTest
  @CsvSource({
    "raw, raw, preallocation=off",
    "qcow2, qcow2, compression_type=zstd",
    "vmdk, vmdk, subformat=monolithicSparse",
    "vmdk, vmdk, subformat=streamOptimized",
    "vhd, vpc, 'subformat=dynamic,force_size=on'",
    "vhd, vpc, 'subformat=fixed,force_size=on'",
    "vhdx, vhdx, subformat=dynamic",
    "vdi, vdi, static=off",
    "ploop, parallels, cluster_size=1M"
  })
  void contentIsEqual(String diskFormat, String format, String options) throws IOException {
    Path disk = Files.write(directory.resolve("disk"), SampleImages.disk());
    Path source = directory.resolve("source");
    qemuImg.mustRun("convert", "-f", "raw", "-O", format, "-o", options, disk, source);
    UriFilter uris =
        new UriFilter(
            Set.of("http"),
            Set.of(),
            Set.of(),
            Set.of(),
            Set.of(server.getAddress().getPort()),
            Set.of());
    HttpGate gate = new HttpGate(uris, AddressFilter.PUBLIC.allowing("127.0.0.1/32"), 10);
    Staging staging = Staging.open(directory.resolve("staging"));
    try (HttpDownloads web = new HttpDownloads(gate, 1, 1)) {
      for (String target : List.of("raw", "qcow2", "vmdk")) {
        List<ImportPlugin> plugins = List.of(new Introspection(), ImageConversion.to(target));
        ImportWorkflow workflow = new ImportWorkflow(staging, ImportSettings.DEFAULT, plugins, web);
        URI uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/image");
        for (ImportMethod method :
            List.of(new ImportMethod.GlanceDirect(), new ImportMethod.WebDownload(uri))) {
          String id = target + "-" + method.name();
          if (method instanceof ImportMethod.GlanceDirect) {
            try (FileChannel channel = FileChannel.open(source)) {
              staging.stage(id, channel, 1L << 30, new Cancellation());
            }
          }
          StoredCopy copy =
              workflow
                  .run(
                      ImportJob.of(id, method, diskFormat, "bare", store),
                      ImportListener.NONE,
                      new Cancellation())
                  .first();
          assertEquals(target, copy.diskFormat());
          assertEquals(SampleImages.DISK, copy.virtualSize());
          Path stored = images.resolve(id);
          qemuImg.mustRun("compare", "-f", format, "-F", target, source, stored);
          byte[] bytes = Files.readAllBytes(stored);
          assertEquals(Imports.fingerprint(bytes), copy.fingerprint());
        }
      }
    }
    assertEquals(Set.of(), staging.imageIds());
  }

  /** What the service takes from a stranger it also tells like qemu-img. */
  @Test
  void tellsTheSizesThatQemuImgTells() throws IOException {
    Path source = directory.resolve("source");
    qemuImg.mustRun("create", "-f", "qcow2", source, "5G");
    Staging staging = Staging.open(directory.resolve("staging"));
    try (FileChannel channel = FileChannel.open(source)) {
      staging.stage(Imports.ID, channel, 1L << 30, new Cancellation());
    }
    ImportWorkflow workflow =
        new ImportWorkflow(staging, ImportSettings.DEFAULT, List.of(), uri -> null);
    StoredCopy copy =
        workflow
            .run(Imports.staged("qcow2", store), ImportListener.NONE, new Cancellation())
            .first();
    assertEquals(5L << 30, copy.virtualSize());
    assertTrue(copy.stored().size() < 1 << 20);
  }
}
