package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A full disk, and a database that is lost: outages that end when their cause does. */
class OutageIT {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor();
  }

  /** Fills a file system to the last byte. */
  private static void fill(Path file) throws IOException {
    byte[] part = new byte[1 << 20];
    try (OutputStream output = Files.newOutputStream(file)) {
      for (int size = part.length; size > 0; ) {
        try {
          output.write(part, 0, size);
        } catch (IOException e) {
          size /= 2;
        }
      }
    }
  }

  private static void eventually(int status, RunningServer server, String method, String path)
      throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    int found = 0;
    while (System.nanoTime() < end) {
      found = server.ask(method, path, method.equals("POST") ? "{}" : null).status();
      if (found == status) {
        return;
      }
      Thread.sleep(200);
    }
    assertEquals(status, found, method + " " + path);
  }

  @Test
  void aFullDiskRefusesChangesAndGivesWhatThereIs() throws Exception {
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=160m", "none", directory.toString()) == 0,
        "no file system can be mounted here");
    AtomicBoolean ended = new AtomicBoolean();
    try (RunningServer server = new RunningServer(directory).start()) {
      String id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/file", new byte[] {1, 2, 3});
      // Images do not fill the disk: a reserve is kept.
      String large = server.create(RunningServer.ADMIN, RAW);
      byte[] content = new byte[140 << 20];
      Arrays.fill(content, (byte) 7);
      assertEquals(413, server.ask("PUT", "/v2/images/" + large + "/file", content).status());
      assertEquals(413, server.ask("PUT", "/v2/images/" + large + "/stage", content).status());
      assertEquals("queued", server.image(large).path("status").textValue());
      // Somebody else does, while the database is written to.
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                while (!ended.get()) {
                  try {
                    server.ask("POST", "/v2/images", "{}");
                  } catch (IOException e) {
                    ended.set(true);
                  }
                }
              });
      fill(directory.resolve("filler"));
      eventually(503, server, "POST", "/v2/images");
      fill(directory.resolve("filler2"));
      for (int i = 0; i < 50; i++) {
        eventually(200, server, "GET", "/v2/images/" + id);
        eventually(200, server, "GET", "/v2/images?limit=5");
        assertEquals(3, server.ask("GET", "/v2/images/" + id + "/file", null).text().length());
      }
      ended.set(true);
      writer.join();
      for (String name : List.of("filler", "filler2")) {
        Files.delete(directory.resolve(name));
      }
      eventually(201, server, "POST", "/v2/images");
      assertEquals(204, server.ask("DELETE", "/v2/images/" + id, null).status());
      assertTrue(Files.size(directory.resolve("database.mv.db.reserve")) >= 16 << 20);
    } finally {
      run("umount", directory.toString());
    }
  }

  @Test
  @Tag("interop")
  void aDatabaseThatIsLostComesBack() throws Exception {
    try (PostgresCluster cluster = new PostgresCluster();
        RunningServer server =
            new RunningServer(directory)
                .set("database", "connection", cluster.url())
                .set("database", "user", "platter")
                .start()) {
      String id = server.create(RunningServer.ADMIN, RAW);
      Thread upload =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  server.ask("PUT", "/v2/images/" + id + "/file", slowly());
                } catch (IOException e) {
                  throw new AssertionError(e);
                }
              });
      while (!server.image(id).path("status").textValue().equals("saving")) {
        Thread.sleep(20);
      }
      cluster.stop();
      assertEquals(503, server.ask("GET", "/v2/images/" + id, null).status());
      assertEquals(503, server.ask("POST", "/v2/images", "{}").status());
      Thread.sleep(2000);
      cluster.start();
      eventually(200, server, "GET", "/v2/images/" + id);
      eventually(201, server, "POST", "/v2/images");
      upload.join();
      assertEquals("active", server.image(id).path("status").textValue());
    }
  }

  /** Bytes that end while the database is away. */
  private static BodyPublisher slowly() {
    return BodyPublishers.ofInputStream(() ->
        new InputStream() {
          private int left = 20;

          @Override
          public int read() {
            return -1;
          }

          @Override
          public int read(byte[] target, int offset, int length) throws IOException {
            try {
              Thread.sleep(100);
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            return left-- > 0 ? Math.min(length, 1000) : -1;
          }
        });
  }
}
