package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.server.http.Json;
import dev.platter.server.keystone.FakeKeystone;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images that another service of ours has, in another region of the same Keystone. */
class OtherRegionsTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";

  @TempDir Path directory;
  private FakeKeystone keystone;
  private RunningServer north;
  private RunningServer south;

  @BeforeEach
  void startBoth() throws IOException {
    keystone = new FakeKeystone();
    keystone.add("alice", "alice", "p", "member", "reader");
    keystone.add("bob", "bob", "q", "member", "reader");
    keystone.add("root", "root", "admin", "admin", "member", "reader");
    north = server("north").startConfigured();
    catalog(north.url() + "/v2");
    Path rules = directory.resolve("protected.conf");
    Files.writeString(
        rules,
        """
        [^hw_secret$]
        create = admin
        read = @
        update = admin
        delete = admin
        [.*]
        create = @
        read = @
        update = @
        delete = @
        """);
    south =
        server("south")
            .set("DEFAULT", "property_protection_file", rules.toString())
            .startConfigured();
  }

  private void catalog(String url) {
    ArrayNode catalog = Json.array();
    catalog
        .addObject()
        .put("type", "image")
        .putArray("endpoints")
        .addObject()
        .put("region_id", "North")
        .put("interface", "public")
        .put("url", url);
    keystone.catalog = catalog;
  }

  private RunningServer server(String name) throws IOException {
    return new RunningServer(directory.resolve(name))
        .set("DEFAULT", "enabled_import_methods", "[glance-direct, glance-download]")
        .set("paste_deploy", "flavor", "keystone")
        .set("keystone_authtoken", "auth_url", keystone.url())
        .set("keystone_authtoken", "auth_type", "password")
        .set("keystone_authtoken", "username", "glance")
        .set("keystone_authtoken", "password", "secret")
        .set("keystone_authtoken", "user_domain_id", "default")
        .set("keystone_authtoken", "project_name", "services")
        .set("keystone_authtoken", "project_domain_id", "default");
  }

  @AfterEach
  void endBoth() throws IOException {
    south.close();
    north.close();
    keystone.close();
  }

  private static String request(String region, String id) {
    return "{\"method\":{\"name\":\"glance-download\",\"glance_region\":\"%s\",\"glance_image_id\":\"%s\"}}"
        .formatted(region, id);
  }

  /** The image once its import has ended. */
  private JsonNode imported(String id) throws IOException {
    for (int i = 0; i < 2000; i++) {
      JsonNode image = south.askAs("alice", "GET", "/v2/images/" + id, null).json();
      if (!image.has("os_glance_import_task")) {
        return image;
      }
      try {
        Thread.sleep(10);
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
    }
    throw new AssertionError("the import does not end");
  }

  private String message(String id) throws IOException {
    return south
        .askAs("alice", "GET", "/v2/images/" + id + "/tasks", null)
        .json()
        .path("tasks")
        .path(0)
        .path("message")
        .asText();
  }

  @Test
  void anImageComesWithItsFormatsAndSomeOfItsProperties() throws IOException {
    byte[] content = new byte[3_000_000];
    new Random(1).nextBytes(content);
    String there =
        north.create(
            "alice",
            "{\"disk_format\":\"raw\",\"container_format\":\"bare\",\"hw_disk_bus\":\"scsi\","
                + "\"hw_secret\":\"x\",\"os_distro\":\"debian\",\"other\":\"y\"}");
    assertEquals(
        204, north.askAs("alice", "PUT", "/v2/images/" + there + "/file", content).status());
    String here = south.create("alice", "{\"disk_format\":\"iso\",\"container_format\":\"bare\"}");
    String path = "/v2/images/" + here + "/import";
    String body = request("North", there);
    assertEquals(202, south.askAs("alice", "POST", path, body).status());
    JsonNode image = imported(here);
    assertEquals("active", image.path("status").textValue(), () -> image.toString());
    assertEquals("raw", image.path("disk_format").textValue());
    assertEquals("scsi", image.path("hw_disk_bus").textValue());
    assertEquals("debian", image.path("os_distro").textValue());
    assertFalse(image.has("other"));
    assertFalse(image.has("hw_secret"), "only administrators may create it");
    byte[] found =
        south.askAs("alice", "GET", "/v2/images/" + here + "/file", null).response().body();
    assertArrayEquals(content, found);
    String tasks = south.askAs("alice", "GET", "/v2/images/" + here + "/tasks", null).text();
    assertTrue(tasks.contains("\"glance_region\":\"North\""), tasks);
    assertEquals(409, south.askAs("alice", "POST", path, body).status());
  }

  @Test
  void whatCannotBeHadLeavesTheImageQueuedAndSaysWhy() throws IOException {
    String queued = north.create("alice", RAW);
    String others = north.create("bob", RAW);
    north.askAs("bob", "PUT", "/v2/images/" + others + "/file", new byte[10]);
    String[][] wrong = {
      {"North", queued, "not active"}, {"North", others, "404"}, {"West", queued, "region West"}
    };
    String here = south.create("alice", RAW);
    for (String[] each : wrong) {
      String path = "/v2/images/" + here + "/import";
      assertEquals(202, south.askAs("alice", "POST", path, request(each[0], each[1])).status());
      assertEquals("queued", imported(here).path("status").textValue());
      String tasks = south.askAs("alice", "GET", "/v2/images/" + here + "/tasks", null).text();
      assertTrue(tasks.contains(each[2]), tasks);
      assertFalse(tasks.contains("X-Auth-Token"), tasks);
    }
    String id = south.create("alice", RAW);
    catalog("http://127.0.0.1:1/");
    String[] refused = {
      "{\"method\":{\"name\":\"glance-download\"}}",
      "{\"method\":{\"name\":\"glance-download\",\"glance_region\":\"North\"}}",
      request("North", "../x"),
      request("North", queued).replace("}}", ",\"glance_service_interface\":\"x\"}}")
    };
    for (String body : refused) {
      assertEquals(
          400, south.askAs("alice", "POST", "/v2/images/" + id + "/import", body).status(), body);
    }
    assertEquals("", message(id));
  }

  @Test
  void aRegionThatStopsSendingOrSendsTooMuchEndsTheImport() throws Exception {
    String there = "11111111-1111-4111-8111-111111111111";
    CountDownLatch end = new CountDownLatch(1);
    HttpServer other = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    other.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    int[] sent = {5};
    other.createContext(
        "/v2/images/" + there,
        exchange -> {
          try (exchange) {
            if (!exchange.getRequestURI().getPath().endsWith("/file")) {
              FakeKeystone.send(exchange, 200, "{\"status\":\"active\",\"size\":10}");
              return;
            }
            exchange.sendResponseHeaders(200, 0); // chunked
            exchange.getResponseBody().write(new byte[sent[0]]);
            exchange.getResponseBody().flush();
            if (sent[0] == 5) {
              end.await();
            }
          } catch (InterruptedException e) {
            throw new IOException(e);
          }
        });
    other.start();
    catalog("http://127.0.0.1:" + other.getAddress().getPort());
    south.close();
    try (RunningServer quick =
        server("quick").set("import_filtering_opts", "timeout", "1").startConfigured()) {
      south = quick;
      for (int count : new int[] {5, 11, 3}) {
        sent[0] = count;
        String here = quick.create("alice", RAW);
        quick.askAs("alice", "POST", "/v2/images/" + here + "/import", request("North", there));
        assertEquals("queued", imported(here).path("status").textValue(), count + " bytes");
        assertTrue(message(here).length() > 10, message(here));
      }
    } finally {
      end.countDown();
      other.stop(0);
    }
  }

  @Test
  void regionsNeedAKeystone() throws IOException {
    try (RunningServer alone =
        new RunningServer(directory.resolve("alone"))
            .set("DEFAULT", "enabled_import_methods", "glance-download")) {
      var refused = assertThrows(IllegalArgumentException.class, alone::startConfigured);
      assertTrue(refused.getMessage().contains("enabled_import_methods"), refused.getMessage());
    }
  }
}
