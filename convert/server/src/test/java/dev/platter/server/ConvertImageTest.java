package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.RunningServer.Answer;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** New images made of those that are there, in other formats. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConvertImageTest {
  private static final String ALICE = "alice:p1:member";
  private static final String BOB = "bob:p2:member";
  private static final int SIZE = 8 << 20;

  private Path directory;
  private RunningServer server;
  private final byte[] disk = new byte[SIZE];

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    new Random(11).nextBytes(disk);
    Arrays.fill(disk, SIZE / 4, SIZE / 2, (byte) 0);
    server = new RunningServer(directory.resolve("service")).start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  private String active(RunningServer service, String token, byte[] content, String format)
      throws IOException {
    String id = made(service, token, format);
    Answer sent = service.askAs(token, "PUT", "/v2/images/" + id + "/file", content);
    assertEquals(204, sent.status(), sent::text);
    return id;
  }

  private static String made(RunningServer service, String token, String format)
      throws IOException {
    return service.create(
        token, "{\"disk_format\":\"%s\",\"container_format\":\"bare\"}".formatted(format));
  }

  private static Answer begin(RunningServer service, String token, String id, String source)
      throws IOException {
    String body = "{\"method\":{\"name\":\"convert-image\",\"image_id\":\"%s\"}}".formatted(source);
    return service.askAs(token, "POST", "/v2/images/" + id + "/import", body);
  }

  /** A new image of another one, of which the caller is Alice. */
  private String converted(String source, String format) throws IOException {
    String id = made(server, ALICE, format);
    Answer begun = begin(server, ALICE, id, source);
    assertEquals(202, begun.status(), begun::text);
    JsonNode image = server.settled(id);
    assertEquals("active", image.path("status").textValue(), () -> message(server, id));
    assertEquals(format, image.path("disk_format").textValue());
    return id;
  }

  private static String message(RunningServer service, String id) {
    try {
      JsonNode tasks = service.ask("GET", "/v2/images/" + id + "/tasks", null).json().path("tasks");
      return tasks.path(tasks.size() - 1).path("message").asText();
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static void failed(RunningServer service, String id, String reason) throws IOException {
    JsonNode image = service.settled(id);
    assertEquals("queued", image.path("status").textValue(), image::toString);
    assertTrue(message(service, id).contains(reason), message(service, id));
    assertTrue(!RunningServer.files(service.storeDirectory("fast")).contains(id));
  }

  private static void refused(int status, String reason, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertTrue(answer.text().contains(reason), answer::text);
  }

  private byte[] data(String id) throws IOException {
    return server.askAs(ALICE, "GET", "/v2/images/" + id + "/file", null).response().body();
  }

  @Test
  void theDiskIsTheSameInEachFormatAndBack() throws IOException {
    String source = active(server, ALICE, disk, "raw");
    for (String format : Set.of("qcow2", "vmdk", "vhd", "vhdx", "vdi", "ploop")) {
      String there = converted(source, format);
      assertTrue(server.image(there).path("virtual_size").longValue() >= SIZE, format);
      byte[] back = data(converted(there, "raw"));
      assertArrayEquals(disk, Arrays.copyOf(back, SIZE), format);
    }
    assertArrayEquals(disk, data(source), "the old one stays");
  }

  @Test
  @Tag("interop")
  void qemuImgFindsTheSameDisk() throws IOException {
    ExternalTool qemuImg = ExternalTool.qemuImg();
    String source = active(server, ALICE, disk, "raw");
    Path fast = server.storeDirectory("fast");
    Map<String, String> formats =
        Map.of(
            "qcow2",
            "qcow2",
            "vmdk",
            "vmdk",
            "vhd",
            "vpc",
            "vhdx",
            "vhdx",
            "vdi",
            "vdi",
            "ploop",
            "parallels");
    formats.forEach((ours, theirs) -> {
      try {
        Path made = fast.resolve(converted(source, ours));
        qemuImg.mustRun("compare", "-f", "raw", "-F", theirs, fast.resolve(source), made);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    });
  }

  @Test
  void whatCannotBeConvertedIsRefusedAtOnce() throws IOException {
    String source = active(server, ALICE, disk, "raw");
    String queued = made(server, ALICE, "qcow2");
    String post = "/v2/images/" + queued + "/import";
    for (String body :
        new String[] {
          "{\"method\":{\"name\":\"convert-image\"}}",
          "{\"method\":{\"name\":\"convert-image\",\"image_id\":\"../x\"}}"
        }) {
      refused(400, "requires an 'image_id'", server.askAs(ALICE, "POST", post, body));
    }
    refused(409, "expected", begin(server, ALICE, made(server, ALICE, "iso"), source));
    String odd = server.create(ALICE, "{\"disk_format\":\"qcow2\",\"container_format\":\"ova\"}");
    refused(409, "expected", begin(server, ALICE, odd, source));
    refused(409, "status active", begin(server, ALICE, queued, made(server, ALICE, "raw")));
    refused(409, "cannot be target", begin(server, ALICE, source, source));
    String kernel = server.create(ALICE, "{\"disk_format\":\"aki\",\"container_format\":\"aki\"}");
    server.askAs(ALICE, "PUT", "/v2/images/" + kernel + "/file", new byte[512]);
    refused(409, "no disk", begin(server, ALICE, queued, kernel));
  }

  @Test
  void onlyWhoMayReadAnImageMayHaveItConverted() throws IOException {
    String source = active(server, ALICE, disk, "raw");
    String of = made(server, BOB, "qcow2");
    refused(404, "No image", begin(server, BOB, of, source));
    String mine = made(server, ALICE, "qcow2");
    refused(404, "No image", begin(server, BOB, mine, source));
    server.ask("POST", "/v2/images/" + source + "/actions/deactivate", null);
    refused(403, "deactivated", begin(server, ALICE, mine, source));
  }

  /** Where imports wait, who asked may lose the right, and the image its bytes. */
  @Test
  void anImageThatChangesBeforeItIsReadIsNotConverted() throws Exception {
    try (StalledDownload web = new StalledDownload(1 << 20);
        RunningServer busy =
            new RunningServer(directory.resolve("busy"))
                .set("taskflow_executor", "max_workers", "1")
                .start()) {
      String[] sources = new String[3];
      String[] targets = new String[3];
      for (int i = 0; i < 3; i++) {
        sources[i] = active(busy, ALICE, disk, "raw");
        targets[i] = made(busy, ALICE, "qcow2");
      }
      String blocker = made(busy, ALICE, "raw");
      String body =
          "{\"method\":{\"name\":\"web-download\",\"uri\":\"%s\"}}".formatted(web.url("/x"));
      busy.askAs(ALICE, "POST", "/v2/images/" + blocker + "/import", body);
      for (int i = 0; i < 3; i++) {
        assertEquals(202, begin(busy, ALICE, targets[i], sources[i]).status());
      }
      busy.askAs(ALICE, "DELETE", "/v2/images/" + sources[0], null);
      busy.ask("POST", "/v2/images/" + sources[1] + "/actions/deactivate", null);
      Path stored = busy.storeDirectory("fast").resolve(sources[2]);
      byte[] other = disk.clone();
      other[SIZE - 1]++;
      Files.write(stored, other);
      web.goOn();
      failed(busy, targets[0], "cannot be read");
      failed(busy, targets[1], "cannot be read");
      failed(busy, targets[2], "not what its record says");
      assertEquals(Set.of(), RunningServer.files(busy.staging()));
    }
  }

  @Test
  void theDeployersFormatIsNotGoneRound() throws IOException {
    try (RunningServer strict =
        new RunningServer(directory.resolve("strict"))
            .set("image_import_opts", "image_import_plugins", "[image_conversion]")
            .set("image_conversion", "output_format", "raw")
            .start()) {
      String source = active(strict, ALICE, disk, "raw");
      String target = made(strict, ALICE, "qcow2");
      assertEquals(202, begin(strict, ALICE, target, source).status());
      failed(strict, target, "keeps disks as raw");
      String same = made(strict, ALICE, "raw");
      begin(strict, ALICE, same, source);
      assertEquals("active", strict.settled(same).path("status").textValue());
    }
  }
}
