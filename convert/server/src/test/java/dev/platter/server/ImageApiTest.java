package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.RunningServer.Answer;
import dev.platter.server.http.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Images over the wire: statuses, messages, documents. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageApiTest {
  private static final String ADMIN = RunningServer.ADMIN;
  private static final String USER = "alice:p1:member";
  private static final String OTHER = "bob:p2:member";
  private static final String RAW = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";
  private static final String PATCH_TYPE = "application/openstack-images-v2.1-json-patch";

  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    server =
        new RunningServer(directory)
            .set("DEFAULT", "image_size_cap", "3000000")
            .set("DEFAULT", "image_property_quota", "3")
            .set("DEFAULT", "image_tag_quota", "2")
            .set("DEFAULT", "image_member_quota", "2")
            .start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  private void expect(int status, String message, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertTrue(answer.text().contains(message), answer::text);
  }

  private Answer create(String token, String document) throws IOException {
    return server.askAs(token, "POST", "/v2/images", document);
  }

  private String active(byte[] content) throws IOException {
    String id = server.create(ADMIN, "{" + RAW + "}");
    expect(204, "", server.ask("PUT", "/v2/images/" + id + "/file", content));
    return id;
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  @Test
  void versionsComeFirst() throws IOException {
    Answer root = server.ask("GET", "/", null);
    assertEquals(300, root.status());
    JsonNode first = root.json().path("versions").path(0);
    assertEquals("v2.17", first.path("id").textValue());
    assertEquals("CURRENT", first.path("status").textValue());
    assertEquals(server.url() + "/v2/", first.path("links").path(0).path("href").textValue());
    assertEquals(root.text(), server.ask("GET", "/versions", null).text());
  }

  @Test
  void aRecordIsCreatedAndShownInTheUsualOrder() throws IOException {
    Answer made =
        create(USER, "{\"name\":\"n\"," + RAW + ",\"zz\":\"1\",\"tags\":[\"b\",\"a\",\"b\"]}");
    assertEquals(201, made.status(), made::text);
    JsonNode image = made.json();
    List<String> keys = new ArrayList<>();
    image.fieldNames().forEachRemaining(keys::add);
    assertEquals(
        List.of(
            "zz",
            "name",
            "disk_format",
            "container_format",
            "visibility",
            "size",
            "virtual_size",
            "status",
            "checksum",
            "protected",
            "min_ram",
            "min_disk",
            "owner",
            "os_hidden",
            "os_hash_algo",
            "os_hash_value",
            "id",
            "created_at",
            "updated_at",
            "tags",
            "self",
            "file",
            "schema"),
        keys);
    String id = image.path("id").textValue();
    assertEquals(server.url() + "/v2/images/" + id, made.header("Location"));
    assertEquals(
        "glance-direct,web-download,copy-image,convert-image",
        made.header("OpenStack-image-import-methods"));
    assertEquals("fast,slow", made.header("OpenStack-image-store-ids"));
    assertEquals("p1", image.path("owner").textValue());
    assertEquals("shared", image.path("visibility").textValue());
    assertEquals("[\"a\",\"b\"]", image.path("tags").toString());
    assertEquals(image, server.askAs(USER, "GET", "/v2/images/" + id, null).json());
    expect(409, "already exists", create(ADMIN, "{\"id\":\"" + id + "\"}"));
    server.ask("DELETE", "/v2/images/" + id, null);
    expect(409, "already exists", create(ADMIN, "{\"id\":\"" + id + "\"}"));
  }

  @Test
  void wrongRecordsAreRefusedWithTheReason() throws IOException {
    expect(400, "Malformed JSON", create(ADMIN, "{"));
    expect(400, "JSON object is expected", create(ADMIN, "[]"));
    expect(400, "id is not a UUID", create(ADMIN, "{\"id\":\"../x\"}"));
    expect(400, "Invalid disk format 'x'", create(ADMIN, "{\"disk_format\":\"x\"}"));
    expect(400, "not of type 'string'", create(ADMIN, "{\"p\":1}"));
    expect(400, "min_ram", create(ADMIN, "{\"min_ram\":\"1\"}"));
    expect(400, "negative", create(ADMIN, "{\"min_disk\":-1}"));
    expect(400, "min_disk", create(ADMIN, "{\"min_disk\":9999999999}"));
    expect(400, "not one of", create(ADMIN, "{\"visibility\":\"x\"}"));
    expect(400, "name is longer", create(ADMIN, "{\"name\":\"" + "x".repeat(256) + "\"}"));
    expect(403, "read-only", create(ADMIN, "{\"status\":\"active\"}"));
    expect(403, "is reserved", create(ADMIN, "{\"os_glance_x\":\"1\"}"));
    expect(403, "owned by 'p9'", create(USER, "{\"owner\":\"p9\"}"));
    expect(403, "publicize_image", create(USER, "{\"visibility\":\"public\"}"));
    expect(
        413,
        "Attempted: 4, Maximum: 3",
        create(ADMIN, "{\"a\":\"\",\"b\":\"\",\"c\":\"\",\"d\":\"\"}"));
    expect(413, "image tags", create(ADMIN, "{\"tags\":[\"a\",\"b\",\"c\"]}"));
    expect(413, "1 MiB", create(ADMIN, "{\"a\":\"" + "x".repeat(5 << 20) + "\"}"));
  }

  @Test
  void unknownPathsAndMethodsAreToldApart() throws IOException {
    expect(404, "could not be found", server.ask("GET", "/v2/nothing", null));
    Answer wrong = server.ask("PUT", "/v2/images", "{}");
    expect(405, "not allowed", wrong);
    assertEquals("GET, POST", wrong.header("Allow"));
  }

  @Test
  void errorsAreHtmlUnlessJsonIsAsked() throws IOException, InterruptedException {
    var client = HttpClient.newHttpClient();
    var request = HttpRequest.newBuilder(URI.create(server.url() + "/v2/images/a%3Cb%3E")).build();
    var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
    assertTrue(answer.body().contains("<h1>404 Not Found</h1>"), answer::body);
    assertTrue(answer.body().contains("No image found with ID a&lt;b&gt;"), answer::body);
    JsonNode json = server.ask("GET", "/v2/images/ab", null).json();
    assertEquals("404 Not Found", json.path("code").textValue());
    assertEquals("No image found with ID ab", json.path("message").textValue());
    client.close();
  }

  @Test
  void patchesChangeWhatUsersMayChange() throws IOException {
    String id = server.create(USER, "{\"name\":\"n\"," + RAW + ",\"k\":\"v\"}");
    Answer changed =
        server.patch(
            USER,
            id,
            "[{\"op\":\"replace\",\"path\":\"/name\",\"value\":\"m\"},"
                + "{\"op\":\"add\",\"path\":\"/a~1b\",\"value\":\"1\"},"
                + "{\"op\":\"remove\",\"path\":\"/k\"},"
                + "{\"op\":\"replace\",\"path\":\"/tags\",\"value\":[\"t\"]}]");
    assertEquals(200, changed.status(), changed::text);
    assertEquals("m", changed.json().path("name").textValue());
    assertEquals("1", changed.json().path("a/b").textValue());
    assertFalse(changed.json().has("k"));
    assertEquals("[\"t\"]", changed.json().path("tags").toString());
    Answer old =
        server.askAs(
            USER,
            "PATCH",
            "/v2/images/" + id,
            "[{\"replace\":\"/name\",\"value\":\"o\"}]",
            "Content-Type",
            "application/openstack-images-v2.0-json-patch");
    assertEquals("o", old.json().path("name").textValue());
  }

  @Test
  void patchesOfOtherThingsAreRefused() throws IOException {
    String id = server.create(USER, "{" + RAW + "}");
    record Case(int status, String message, String operation) {}
    for (Case wrong :
        List.of(
            new Case(403, "read-only", "\"op\":\"replace\",\"path\":\"/status\",\"value\":\"x\""),
            new Case(403, "read-only", "\"op\":\"replace\",\"path\":\"/id\",\"value\":\"x\""),
            new Case(403, "reserved", "\"op\":\"add\",\"path\":\"/os_glance_z\",\"value\":\"x\""),
            new Case(403, "may not be removed", "\"op\":\"remove\",\"path\":\"/name\""),
            new Case(409, "does not exist", "\"op\":\"remove\",\"path\":\"/nix\""),
            new Case(409, "not exist", "\"op\":\"replace\",\"path\":\"/nix\",\"value\":\"1\""),
            new Case(400, "\"value\\\"", "\"op\":\"add\",\"path\":\"/a\""),
            new Case(400, "`move`", "\"op\":\"move\",\"path\":\"/a\",\"value\":\"1\""),
            new Case(400, "does not start", "\"op\":\"add\",\"path\":\"a\",\"value\":\"1\""),
            new Case(
                400, "Invalid JSON pointer", "\"op\":\"add\",\"path\":\"/a/b\",\"value\":\"\""),
            new Case(400, "not of type", "\"op\":\"add\",\"path\":\"/a\",\"value\":[1]"),
            new Case(403, "locations", "\"op\":\"add\",\"path\":\"/locations/-\",\"value\":{}"))) {
      expect(
          wrong.status(), wrong.message(), server.patch(USER, id, "[{" + wrong.operation() + "}]"));
    }
    expect(400, "JSON array", server.patch(USER, id, "{}"));
    Answer type =
        server.askAs(USER, "PATCH", "/v2/images/" + id, "[]", "Content-Type", "application/json");
    assertEquals(415, type.status());
    assertTrue(type.header("Accept-Patch").contains(PATCH_TYPE));
    expect(404, "No image found", server.patch(OTHER, id, "[]"));
    String shown = active(random(10));
    server.patch(
        ADMIN, shown, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"public\"}]");
    expect(403, "modify_image", server.patch(OTHER, shown, "[]"));
    expect(
        403,
        "only replaced for a queued image",
        server.patch(
            ADMIN, shown, "[{\"op\":\"replace\",\"path\":\"/disk_format\",\"value\":\"qcow2\"}]"));
  }

  @Test
  void dataAreUploadedAndRangesDownloaded() throws IOException {
    byte[] content = random(1_500_000);
    String id = active(content);
    JsonNode image = server.image(id);
    assertEquals("active", image.path("status").textValue());
    assertEquals(content.length, image.path("size").intValue());
    assertEquals(content.length, image.path("virtual_size").intValue());
    assertEquals("sha512", image.path("os_hash_algo").textValue());
    String file = "/v2/images/" + id + "/file";
    Answer whole = server.ask("GET", file, null);
    assertEquals(200, whole.status());
    assertArrayEquals(content, whole.response().body());
    assertEquals(image.path("checksum").textValue(), whole.header("Content-MD5"));
    record Range(String header, int from, int to) {}
    for (Range range :
        List.of(
            new Range("bytes=0-0", 0, 1),
            new Range("bytes=1000-1999", 1000, 2000),
            new Range("bytes=1499990-", 1_499_990, 1_500_000),
            new Range("bytes=1499990-99999999", 1_499_990, 1_500_000),
            new Range("bytes=-7", 1_499_993, 1_500_000))) {
      Answer part = server.askAs(ADMIN, "GET", file, null, "Range", range.header());
      assertEquals(206, part.status(), range.header());
      assertArrayEquals(
          Arrays.copyOfRange(content, range.from(), range.to()), part.response().body());
      assertEquals(
          "bytes " + range.from() + "-" + (range.to() - 1) + "/1500000",
          part.header("Content-Range"));
    }
    assertEquals(416, server.askAs(ADMIN, "GET", file, null, "Range", "bytes=1500000-").status());
    assertEquals(400, server.askAs(ADMIN, "GET", file, null, "Range", "bytes=0-1,3-4").status());
    assertEquals(416, server.askAs(ADMIN, "GET", file, null, "Range", "lines=1-2").status());
  }

  @Test
  void chunkedBodiesAreTaken() throws IOException {
    byte[] content = random(300_000);
    String id = server.create(ADMIN, "{" + RAW + "}");
    Answer up =
        server.ask(
            "PUT",
            "/v2/images/" + id + "/file",
            HttpRequest.BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(content)));
    expect(204, "", up);
    assertEquals(content.length, server.image(id).path("size").intValue());
  }

  @Test
  void uploadsThatCannotBeAreRefusedAndLeaveTheImageQueued() throws IOException {
    String id = server.create(ADMIN, "{\"container_format\":\"bare\"}");
    String file = "/v2/images/" + id + "/file";
    expect(400, "disk_format, container_format must be set", server.ask("PUT", file, new byte[9]));
    server.patch(ADMIN, id, "[{\"op\":\"replace\",\"path\":\"/disk_format\",\"value\":\"raw\"}]");
    expect(415, "octet-stream", server.ask("PUT", file, "{}"));
    expect(
        400,
        "not an enabled store",
        server.askAs(ADMIN, "PUT", file, new byte[9], "x-image-meta-store", "nowhere"));
    expect(413, "", server.ask("PUT", file, new byte[3_000_001]));
    assertEquals("queued", server.image(id).path("status").textValue());
    assertEquals(204, server.ask("GET", file, null).status());
    assertFalse(RunningServer.files(server.storeDirectory("fast")).contains(id));
    expect(204, "", server.ask("PUT", file, new byte[9]));
    expect(
        409,
        "Image status transition from active to saving is not allowed",
        server.ask("PUT", file, new byte[9]));
    assertEquals(9, server.image(id).path("size").intValue());
  }

  @Test
  void aFormatThatIsNotWhatWasSaidIsRefused() throws IOException {
    String id = server.create(ADMIN, "{\"disk_format\":\"qcow2\",\"container_format\":\"bare\"}");
    Answer refused = server.ask("PUT", "/v2/images/" + id + "/file", random(100_000));
    assertEquals(400, refused.status(), refused::text);
    assertEquals("queued", server.image(id).path("status").textValue());
  }

  @Test
  void deletingRemovesTheDataAndProtectionForbidsIt() throws IOException {
    String id = active(random(1000));
    assertTrue(RunningServer.files(server.storeDirectory("fast")).contains(id));
    String protect = "[{\"op\":\"replace\",\"path\":\"/protected\",\"value\":%s}]";
    server.patch(ADMIN, id, protect.formatted("true"));
    expect(403, "is protected", server.ask("DELETE", "/v2/images/" + id, null));
    server.patch(ADMIN, id, protect.formatted("false"));
    expect(404, "No image", server.askAs(OTHER, "DELETE", "/v2/images/" + id, null));
    expect(204, "", server.ask("DELETE", "/v2/images/" + id, null));
    expect(404, "No image found with ID " + id, server.ask("GET", "/v2/images/" + id, null));
    assertFalse(RunningServer.files(server.storeDirectory("fast")).contains(id));
  }

  @Test
  void deactivatedDataAreForAdministratorsOnly() throws IOException {
    String id = server.create(USER, "{" + RAW + "}");
    String image = "/v2/images/" + id;
    expect(403, "queued", server.askAs(USER, "POST", image + "/actions/deactivate", null));
    server.askAs(USER, "PUT", image + "/file", new byte[100]);
    expect(204, "", server.askAs(USER, "POST", image + "/actions/deactivate", null));
    expect(204, "", server.askAs(USER, "POST", image + "/actions/deactivate", null));
    assertEquals("deactivated", server.image(id).path("status").textValue());
    expect(403, "deactivated", server.askAs(USER, "GET", image + "/file", null));
    assertEquals(200, server.ask("GET", image + "/file", null).status());
    expect(204, "", server.askAs(USER, "POST", image + "/actions/reactivate", null));
    assertEquals(200, server.askAs(USER, "GET", image + "/file", null).status());
    expect(404, "", server.askAs(OTHER, "POST", image + "/actions/deactivate", null));
  }

  @Test
  void membersSeeWhatIsSharedWithThem() throws IOException {
    String id = server.create(USER, "{" + RAW + "}");
    String members = "/v2/images/" + id + "/members";
    expect(404, "", server.askAs(OTHER, "GET", "/v2/images/" + id, null));
    Answer added = server.askAs(USER, "POST", members, "{\"member\":\"p2\"}");
    expect(200, "pending", added);
    expect(409, "duplicated", server.askAs(USER, "POST", members, "{\"member\":\"p2\"}"));
    expect(200, "", server.askAs(USER, "POST", members, "{\"member\":\"p3\"}"));
    expect(413, "image members", server.askAs(USER, "POST", members, "{\"member\":\"p4\"}"));
    expect(400, "", server.askAs(USER, "POST", members, "{\"member\":\"\"}"));
    expect(200, id, server.askAs(OTHER, "GET", "/v2/images/" + id, null));
    expect(403, "", server.askAs(OTHER, "POST", members, "{\"member\":\"p5\"}"));
    expect(403, "", server.askAs(USER, "PUT", members + "/p2", "{\"status\":\"accepted\"}"));
    expect(400, "", server.askAs(OTHER, "PUT", members + "/p2", "{\"status\":\"x\"}"));
    expect(
        200, "accepted", server.askAs(OTHER, "PUT", members + "/p2", "{\"status\":\"accepted\"}"));
    JsonNode own = server.askAs(OTHER, "GET", members, null).json().path("members");
    assertEquals(1, own.size(), own::toString);
    expect(404, "p3", server.askAs(OTHER, "GET", members + "/p3", null));
    expect(204, "", server.askAs(USER, "DELETE", members + "/p2", null));
    expect(404, "p2", server.askAs(USER, "DELETE", members + "/p2", null));
    server.patch(USER, id, "[{\"op\":\"replace\",\"path\":\"/visibility\",\"value\":\"private\"}]");
    expect(403, "Only shared images", server.askAs(USER, "GET", members, null));
  }

  @Test
  void tagsComeAndGo() throws IOException {
    String id = server.create(USER, "{}");
    String tags = "/v2/images/" + id + "/tags/";
    expect(204, "", server.askAs(USER, "PUT", tags + "a%2Fb", null));
    assertEquals("[\"a/b\"]", server.image(id).path("tags").toString());
    expect(204, "", server.askAs(USER, "PUT", tags + "c", null));
    expect(413, "image tags", server.askAs(USER, "PUT", tags + "d", null));
    expect(204, "", server.askAs(USER, "DELETE", tags + "c", null));
    expect(404, "", server.askAs(USER, "DELETE", tags + "c", null));
    expect(400, "255", server.askAs(USER, "PUT", tags + "x".repeat(256), null));
  }

  @Test
  void theServiceShowsHowItIs() throws IOException {
    assertEquals("OK", server.ask("GET", "/healthcheck", null).json().path("status").textValue());
    server.ask("GET", "/v2/images", null);
    String metrics = server.ask("GET", "/metrics", null).text();
    assertTrue(
        metrics.contains(
            "platter_http_request_duration_seconds_count{method=\"GET\",route=\"/v2/images\""),
        metrics);
    assertTrue(metrics.contains("jvm_memory_used_bytes"));
  }

  @Test
  void everyRouteIsInTheOpenApiDocumentAndNoOther() throws IOException {
    JsonNode paths = server.ask("GET", "/openapi.json", null).json().path("paths");
    Set<String> described = new HashSet<>();
    paths
        .properties()
        .forEach(path ->
            path.getValue()
                .fieldNames()
                .forEachRemaining(method ->
                    described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey())));
    Set<String> routes = new HashSet<>();
    server.server().router().routes().forEach(r -> routes.add(r.method() + " " + r.template()));
    assertEquals(new TreeSet<>(routes), new TreeSet<>(described));
  }

  @Test
  void theSchemaOfAnImageDescribesWhatIsShown() throws IOException {
    JsonNode schema = server.ask("GET", "/v2/schemas/image", null).json();
    ObjectNode image = (ObjectNode) server.image(server.create(ADMIN, "{}"));
    image
        .fieldNames()
        .forEachRemaining(
            name -> assertTrue(schema.path("properties").has(name), name + " is not described"));
    JsonNode formats = schema.path("properties").path("disk_format").path("enum");
    assertTrue(formats.toString().contains("\"vhdx\""), formats::toString);
    assertEquals(Json.parse("null"), formats.path(0));
  }
}
