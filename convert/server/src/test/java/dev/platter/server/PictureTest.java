package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Pictures of disks over the wire: for whom, of what, and what they show. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PictureTest {
  private static final String ALICE = "alice:p1:member";
  private static final Path GOLDEN = Path.of("../../testdata/golden");

  private Path directory;
  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    server =
        new RunningServer(directory)
            .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http")
            .set("DEFAULT", "show_multiple_locations", "true")
            .start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  private String active(String format, String name, byte[] content) throws IOException {
    String id =
        server.create(
            ALICE,
            "{\"name\":\"%s\",\"disk_format\":\"%s\",\"container_format\":\"bare\"}"
                .formatted(name, format));
    Answer sent = server.askAs(ALICE, "PUT", "/v2/images/" + id + "/file", content);
    assertEquals(204, sent.status(), sent::text);
    return id;
  }

  private Answer picture(String token, String id) throws IOException {
    return server.askAs(token, "GET", "/v2/images/" + id + "/picture", null);
  }

  private void refused(int status, String reason, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertTrue(answer.text().contains(reason), answer::text);
  }

  @Test
  void whatIsStoredIsDrawnWhereItLies() throws IOException {
    byte[] disk = new byte[100 << 16];
    Arrays.fill(disk, 10 << 16, 20 << 16, (byte) 1);
    String id = active("raw", "<b>&", disk);
    Answer drawn = picture(ALICE, id);
    assertEquals(200, drawn.status(), drawn::text);
    assertEquals("image/svg+xml; charset=UTF-8", drawn.header("Content-Type"));
    assertEquals("nosniff", drawn.header("X-Content-Type-Options"));
    assertEquals("default-src 'none'; sandbox", drawn.header("Content-Security-Policy"));
    assertTrue(drawn.text().contains("<rect x=\"120\" y=\"48\" width=\"100\" height=\"80\""));
    assertTrue(drawn.text().contains("<desc>640 KiB of 6.25 MiB stored.</desc>"), drawn::text);
    assertTrue(drawn.text().contains("<title>&lt;b&gt;&amp;</title>"), drawn::text);
  }

  @Test
  void whatAGuestHasIsSaid() throws IOException {
    byte[] windows = Files.readAllBytes(GOLDEN.resolve("guest/windows.qcow2"));
    Answer drawn = picture(ALICE, active("qcow2", "w", windows));
    assertTrue(drawn.text().contains("1 fat16 SYSTEM: 16 MiB at 1 MiB."), drawn::text);
    assertTrue(drawn.text().contains("3 ntfs Windows: 30 MiB"), drawn::text);
  }

  @Test
  void onlyWhoMayDownloadAnImageSeesIt() throws IOException {
    String id = active("raw", "mine", new byte[4096]);
    refused(404, "No image", picture("bob:p2:member", id));
    server.ask("POST", "/v2/images/" + id + "/actions/deactivate", null);
    refused(403, "deactivated", picture(ALICE, id));
    assertEquals(200, picture(RunningServer.ADMIN, id).status());
  }

  @Test
  void anImageIsLookedAtOnceAndNewDataAnew() throws IOException {
    String id = active("raw", "kept", new byte[1 << 20]);
    assertTrue(picture(ALICE, id).text().contains("0 B of 1 MiB stored."));
    // Nobody changes a stored image: if somebody could, only a new look would tell.
    byte[] full = new byte[1 << 20];
    Arrays.fill(full, (byte) 1);
    Files.write(server.storeDirectory("fast").resolve(id), full);
    assertTrue(picture(ALICE, id).text().contains("0 B of 1 MiB stored."));
  }

  @Test
  void whatCannotBeDrawnIsSaidWithItsReason() throws IOException {
    String queued = server.create(ALICE, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
    refused(409, "no data yet", picture(ALICE, queued));
    String kernel = server.create(ALICE, "{\"disk_format\":\"aki\",\"container_format\":\"aki\"}");
    server.askAs(ALICE, "PUT", "/v2/images/" + kernel + "/file", new byte[512]);
    refused(409, "no disk", picture(ALICE, kernel));
    byte[] sound = Files.readAllBytes(GOLDEN.resolve("tiny-linux.qcow2"));
    String broken = active("qcow2", "broken", sound);
    byte[] damaged = sound.clone();
    Arrays.fill(damaged, 40, 48, (byte) 0xff); // its L1 table lies nowhere
    Files.write(server.storeDirectory("fast").resolve(broken), damaged);
    refused(409, "damaged, or encrypted", picture(ALICE, broken));
    try (WebFiles web = new WebFiles()) {
      String url = web.put("disk", new byte[4096]);
      String far = server.create(ALICE, "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      Answer placed =
          server.patch(
              RunningServer.ADMIN,
              far,
              "[{\"op\":\"add\",\"path\":\"/locations/-\",\"value\":{\"url\":\"%s\",\"metadata\":{}}}]"
                  .formatted(url));
      assertEquals(200, placed.status(), placed::text);
      refused(409, "no store has it", picture(ALICE, far));
    }
  }
}
