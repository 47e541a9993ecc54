package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Fills OpenStack's own service with images of every state and kind, and what belongs to them. */
final class FilledGlance {
  static final String ADMIN = "root:admin:admin,member,reader";
  static final String ALICE = "alice:p1:member,reader";
  static final String BOB = "bob:p2:member,reader";
  static final String CAROL = "carol:p3:member,reader";

  private final HttpClient client = HttpClient.newHttpClient();
  private final String url;

  FilledGlance(String url) {
    this.url = url;
  }

  private HttpResponse<byte[]> ask(
      String token, String method, String path, Object body, String type) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(Duration.ofSeconds(60))
            .header("X-Auth-Token", token)
            .header("Accept", "application/json");
    if (type != null) {
      request.header("Content-Type", type);
    }
    request.method(
        method,
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : body instanceof byte[] bytes
                ? HttpRequest.BodyPublishers.ofByteArray(bytes)
                : HttpRequest.BodyPublishers.ofString(body.toString()));
    try {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private JsonNode done(String token, String method, String path, Object body, String type)
      throws IOException {
    HttpResponse<byte[]> answer = ask(token, method, path, body, type);
    String text = new String(answer.body(), StandardCharsets.UTF_8);
    assertTrue(answer.statusCode() < 300, method + " " + path + ": " + text);
    return text.isEmpty() ? Json.object() : Json.parse(text);
  }

  private JsonNode done(String token, String method, String path, Object body) throws IOException {
    return done(token, method, path, body, body == null ? null : "application/json");
  }

  private static byte[] data(int number) {
    byte[] data = new byte[number * 37];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (i * 31 + number);
    }
    return data;
  }

  private void upload(String token, String id, byte[] data, String store) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + "/v2/images/" + id + "/file"))
            .header("X-Auth-Token", token)
            .header("Content-Type", "application/octet-stream")
            .header("X-Image-Meta-Store", store)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(data))
            .build();
    try {
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      assertEquals(204, answer.statusCode(), answer.body());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  private void waitForTasks(String id) throws Exception {
    for (int i = 0; i < 300; i++) {
      JsonNode tasks = done(ADMIN, "GET", "/v2/images/" + id + "/tasks", null).path("tasks");
      if (!tasks.isEmpty() && tasks.get(0).path("status").asText().matches("success|failure")) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("a task of " + id + " does not end");
  }

  /** Fills Glance by its interface; answers the identifiers. */
  List<String> fill() throws Exception {
    String[] owners = {ALICE, BOB, ALICE, ADMIN};
    String[] visibilities = {"private", "shared", "community", "public"};
    String[] formats = {"raw", "qcow2", "iso", "vmdk", "vhd", "ami"};
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 48; i++) {
      String owner = owners[i % 4];
      String visibility = visibilities[(i / 2) % 4];
      ObjectNode image = Json.object();
      image.put(
          "name", i % 7 == 0 ? "Bild Nr. " + i + " \u00e4\u00f6\u00fc \u4e16" : "image " + i / 2);
      image.put(
          "visibility",
          visibility.equals("public") && !owner.equals(ADMIN) ? "shared" : visibility);
      image.put("disk_format", formats[i % 6]).put("container_format", i % 6 == 5 ? "ami" : "bare");
      image.put("min_disk", i % 3).put("min_ram", i * 64 % 512);
      image.put("protected", i % 9 == 4).put("os_hidden", i % 11 == 3);
      image.set("tags", Json.array(i % 3 == 0 ? List.of("a", "b" + i, "\u00e4") : List.of()));
      image.put("hw_disk_bus", "virtio").put("number", String.valueOf(i));
      if (i % 5 == 1) {
        image.put("empty", "").put("quotes", "a\"b'c\\d\n;--");
      }
      if (i % 20 == 2) {
        image.put("long", "x\u00e9".repeat(15_000));
      }
      String id = done(owner, "POST", "/v2/images", image).path("id").asText();
      ids.add(id);
      if (i % 8 != 7) { // else it stays queued
        upload(owner, id, data(i), i % 4 == 1 ? "slow" : "fast");
      }
      String path = "/v2/images/" + id;
      if (i % 6 == 2) {
        String patch =
            "[{\"op\":\"remove\",\"path\":\"/number\"},{\"op\":\"add\",\"path\":\"/later\",\"value\":\"1\"}]";
        done(owner, "PATCH", path, patch, "application/openstack-images-v2.1-json-patch");
      }
      if (image.path("visibility").asText().equals("shared")) {
        done(owner, "POST", path + "/members", "{\"member\":\"p3\"}");
        done(owner, "POST", path + "/members", "{\"member\":\"gone\"}");
        done(owner, "DELETE", path + "/members/gone", null);
        if (i % 3 != 0) {
          String status = i % 3 == 1 ? "accepted" : "rejected";
          done(CAROL, "PUT", path + "/members/p3", "{\"status\":\"" + status + "\"}");
        }
      }
      if (i % 9 == 0) {
        done(owner, "DELETE", path + "/tags/a", null);
      }
      if (i % 12 == 5) {
        done(ADMIN, "POST", path + "/actions/deactivate", null);
      }
    }
    String copied = ids.get(0);
    done(
        ADMIN,
        "POST",
        "/v2/images/" + copied + "/import",
        "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}");
    waitForTasks(copied);
    String staged = ids.get(23); // queued, as every eighth is
    done(ADMIN, "PUT", "/v2/images/" + staged + "/stage", data(23), "application/octet-stream");
    done(
        ADMIN,
        "POST",
        "/v2/images/" + staged + "/import",
        "{\"method\":{\"name\":\"glance-direct\"}}");
    waitForTasks(staged);
    JsonNode failing =
        done(
            ADMIN,
            "POST",
            "/v2/tasks",
            "{\"type\":\"import\",\"input\":{\"import_from\":\"http://127.0.0.1:1/x\",\"import_from_format\":\"raw\",\"image_properties\":{\"name\":\"t\",\"disk_format\":\"raw\",\"container_format\":\"bare\"}}}");
    for (int i = 0; i < 300 && underWay(failing.path("id").asText()); i++) {
      Thread.sleep(50);
    }
    String deleted = ids.remove(1);
    done(BOB, "DELETE", "/v2/images/" + deleted, null);
    fillMetadefs();
    return ids;
  }

  private boolean underWay(String task) throws IOException {
    String status = done(ADMIN, "GET", "/v2/tasks/" + task, null).path("status").asText();
    return Set.of("pending", "processing").contains(status);
  }

  private void fillMetadefs() throws IOException {
    String namespaces = "/v2/metadefs/namespaces";
    done(
        ADMIN,
        "POST",
        namespaces,
        "{\"namespace\":\"A::B\",\"visibility\":\"public\",\"display_name\":\"\\u00e4\",\"description\":\"d\",\"protected\":true}");
    done(
        ADMIN,
        "POST",
        namespaces,
        "{\"namespace\":\"Private\",\"visibility\":\"private\",\"owner\":\"p1\"}");
    done(
        ADMIN,
        "POST",
        namespaces + "/A::B/properties",
        "{\"name\":\"cores\",\"title\":\"Cores\",\"type\":\"integer\",\"default\":4,\"minimum\":1,\"description\":\"how many\"}");
    done(
        ADMIN,
        "POST",
        namespaces + "/A::B/properties",
        "{\"name\":\"mode\",\"title\":\"Mode\",\"type\":\"string\",\"enum\":[\"x\",\"y\"]}");
    done(
        ADMIN,
        "POST",
        namespaces + "/A::B/objects",
        "{\"name\":\"o\",\"description\":\"an object\",\"required\":[\"p\"],\"properties\":{\"p\":{\"title\":\"P\",\"type\":\"boolean\",\"default\":true}}}");
    done(ADMIN, "POST", namespaces + "/A::B/objects", "{\"name\":\"bare\"}");
    done(
        ADMIN,
        "POST",
        namespaces + "/A::B/tags",
        "{\"tags\":[{\"name\":\"t1\"},{\"name\":\"t2\"}]}");
    done(
        ADMIN,
        "POST",
        namespaces + "/A::B/resource_types",
        "{\"name\":\"OS::Glance::Image\",\"prefix\":\"hw_\",\"properties_target\":\"image\"}");
    done(ADMIN, "POST", namespaces + "/Private/resource_types", "{\"name\":\"My::Type\"}");
  }

  /** States that the interface does not lead to, or that pass too fast. */
  static Map<String, String> breakOff(Connection database) throws SQLException {
    Map<String, String> states = new LinkedHashMap<>();
    String[] all = {"saving", "uploading", "importing", "killed", "pending_delete", "queued"};
    try (Statement statement = database.createStatement()) {
      for (int i = 0; i < all.length; i++) {
        String id = "0000000" + i + "-1111-4111-8111-111111111111";
        states.put(id, all[i]);
        boolean deleted = all[i].equals("pending_delete");
        statement.execute(
            ("INSERT INTO images (id, name, status, visibility, owner, virtual_size, min_disk, min_ram,"
                    + " protected, os_hidden, created_at, updated_at, deleted) VALUES ('%s', '%s',"
                    + " '%s', 'shared', '%s', 7, 0, 0, 0, 0, '2020-01-0%d 10:11:12.123456',"
                    + " '2020-01-0%d 10:11:13', %d)")
                .formatted(
                    id,
                    all[i],
                    all[i],
                    all[i].equals("killed") ? "p9" : "p1",
                    i + 1,
                    i + 1,
                    deleted ? 1 : 0));
      }
      statement.execute(
          "INSERT INTO image_properties (image_id, name, value, created_at, deleted) VALUES"
              + " ('00000002-1111-4111-8111-111111111111', 'os_glance_import_task', 't', '2020-01-01 00:00:00', 0),"
              + " ('00000002-1111-4111-8111-111111111111', 'os_glance_importing_to_stores', 'fast,slow', '2020-01-01 00:00:00', 0),"
              + " ('00000002-1111-4111-8111-111111111111', 'os_glance_failed_import', '', '2020-01-01 00:00:00', 0),"
              + " ('00000001-1111-4111-8111-111111111111', 'os_glance_stage_host', 'h', '2020-01-01 00:00:00', 0),"
              + " ('00000005-1111-4111-8111-111111111111', 'kernel_id', NULL, '2020-01-01 00:00:00', 0),"
              + " ('00000005-1111-4111-8111-111111111111', 'was', 'x', '2020-01-01 00:00:00', 1)");
      statement.execute(
          "INSERT INTO tasks (id, type, status, owner, image_id, created_at, updated_at, deleted)"
              + " VALUES ('99999999-1111-4111-8111-111111111111', 'api_image_import', 'processing', 'p1',"
              + " '00000002-1111-4111-8111-111111111111', '2020-01-01 00:00:00', '2020-01-01 00:00:00', 0),"
              + " ('99999998-1111-4111-8111-111111111111', 'import', 'success', 'p1', NULL,"
              + " '2020-01-01 00:00:00', '2020-01-01 00:00:00', 1)");
      statement.execute(
          "INSERT INTO task_info (task_id, input, message) VALUES"
              + " ('99999999-1111-4111-8111-111111111111', '{\"image_id\": \"x\"}', 'Copied 1 MiB')");
    }
    return states;
  }

  /** The identifiers of all tasks. */
  List<String> tasks() throws IOException {
    List<String> tasks = new ArrayList<>();
    done(ADMIN, "GET", "/v2/tasks?limit=200", null)
        .path("tasks")
        .forEach(task -> tasks.add(task.path("id").asText()));
    return tasks;
  }
}
