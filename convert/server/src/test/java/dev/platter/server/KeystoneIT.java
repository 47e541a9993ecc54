package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The service in a cloud of a real Keystone and the usual clients. */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KeystoneIT {
  private static final String SECTION = "keystone_authtoken";

  private Path directory;
  private RealKeystone keystone;
  private String project;
  private int servers;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    keystone = new RealKeystone(Files.createDirectory(directory.resolve("keystone")));
    project = keystone.make("project", "{\"name\":\"demo\"}");
    keystone.user("alice", "member", project);
  }

  @AfterAll
  void end() throws IOException {
    keystone.close();
  }

  private RunningServer server() throws IOException {
    return new RunningServer(directory.resolve("service" + servers++)).behind(keystone);
  }

  private String alice() throws IOException {
    return keystone.token(
        "alice", "{\"project\":{\"name\":\"demo\",\"domain\":{\"id\":\"default\"}}}");
  }

  private static int list(RunningServer server, String token) throws IOException {
    return server.askAs(token, "GET", "/v2/images", null).status();
  }

  /** Makes the service known in the catalogue, and returns its endpoint's identifier. */
  private String register(String type, String url) throws IOException {
    String service = keystone.make("service", "{\"type\":\"" + type + "\"}");
    return keystone.make(
        "endpoint",
        "{\"service_id\":\"%s\",\"interface\":\"public\",\"region_id\":\"RegionOne\",\"url\":\"%s\"}"
            .formatted(service, url));
  }

  private static void remove(RealKeystone keystone) throws IOException {
    for (JsonNode service : keystone.ask("GET", "/services?type=image", "").path("services")) {
      keystone.ask("DELETE", "/services/" + service.path("id").asText(), "");
    }
  }

  private String client(String line) {
    // The clients take an open standard input for an image.
    ExternalTool shell = ExternalTool.named("env");
    String command = "exec " + line + " <&-";
    return shell.mustRun(
        "HOME=" + directory,
        "OS_AUTH_URL=" + keystone.url(),
        "OS_USERNAME=alice",
        "OS_PASSWORD=" + RealKeystone.PASSWORD,
        "OS_PROJECT_NAME=demo",
        "OS_USER_DOMAIN_ID=default",
        "OS_PROJECT_DOMAIN_ID=default",
        "OS_REGION_NAME=RegionOne",
        "OS_IDENTITY_API_VERSION=3",
        "OS_IMAGE_API_VERSION=2",
        "sh",
        "-c",
        command);
  }

  @Test
  void theUsualClientsWorkByTheCatalogue() throws IOException {
    ExternalTool.named("openstack");
    ExternalTool.named("glance");
    Path data = Files.write(directory.resolve("data"), new byte[4096]);
    Path back = directory.resolve("back");
    try (RunningServer server = server().startConfigured()) {
      register("image", server.url());
      client(
          "openstack image create --file %s --disk-format raw --container-format bare disk"
              .formatted(data));
      String id = client("openstack image show -f value -c id disk").strip();
      assertEquals(project, client("openstack image show -f value -c owner disk").strip());
      client("openstack image save --file " + back + " disk");
      assertEquals(-1, Files.mismatch(data, back));
      assertTrue(client("glance image-list").contains(id));
      client("glance image-delete " + id);
      assertEquals("", client("openstack image list -f value").strip());
    } finally {
      remove(keystone);
    }
  }

  @Test
  void aRevokedTokenIsNoneWhereNothingIsKept() throws Exception {
    try (RunningServer server = server().set(SECTION, "token_cache_time", "-1").startConfigured()) {
      String token = alice();
      assertEquals(200, list(server, token));
      keystone.revoke(token);
      assertEquals(401, list(server, token));
      assertEquals(401, list(server, "gAAAAABnonsense"));
    }
  }

  @Test
  void theServiceLogsInWithAnApplicationCredential() throws IOException {
    String admin =
        keystone.ask("GET", "/users?name=admin", "").path("users").path(0).path("id").asText();
    JsonNode made =
        keystone
            .ask(
                "POST",
                "/users/" + admin + "/application_credentials",
                "{\"application_credential\":{\"name\":\"platter\"}}")
            .path("application_credential");
    try (RunningServer server =
        server()
            .set(SECTION, "auth_type", "v3applicationcredential")
            .set(SECTION, "username", "")
            .set(SECTION, "password", "")
            .set(SECTION, "application_credential_id", made.path("id").asText())
            .set(SECTION, "application_credential_secret", made.path("secret").asText())
            .set(SECTION, "interface", "public")
            .set(SECTION, "region_name", "RegionOne")
            .startConfigured()) {
      assertEquals(200, list(server, alice()));
    }
    try (RunningServer server =
        server().set(SECTION, "region_name", "Elsewhere").startConfigured()) {
      assertEquals(503, list(server, alice()));
    }
  }

  @Test
  void accessRulesOfAnApplicationCredentialHold() throws IOException {
    String admin =
        keystone.ask("GET", "/users?name=admin", "").path("users").path(0).path("id").asText();
    JsonNode made =
        keystone
            .ask(
                "POST",
                "/users/" + admin + "/application_credentials",
                "{\"application_credential\":{\"name\":\"bound\",\"access_rules\":["
                    + "{\"service\":\"image\",\"method\":\"GET\",\"path\":\"/v2/images\"}]}}")
            .path("application_credential");
    String token =
        keystone.login(
            "{\"auth\":{\"identity\":{\"methods\":[\"application_credential\"],"
                + "\"application_credential\":{\"id\":\"%s\",\"secret\":\"%s\"}}}}"
                    .formatted(made.path("id").asText(), made.path("secret").asText()));
    try (RunningServer server = server().startConfigured()) {
      assertEquals(200, list(server, token));
      assertEquals(401, server.askAs(token, "GET", "/v2/tasks", null).status());
      assertEquals(401, server.askAs(token, "POST", "/v2/images", "{}").status());
    }
  }

  @Test
  void unifiedLimitsHoldForEachProject() throws IOException {
    String other = keystone.make("project", "{\"name\":\"other\"}");
    keystone.user("bob", "member", other);
    String bob =
        keystone.token("bob", "{\"project\":{\"name\":\"other\",\"domain\":{\"id\":\"default\"}}}");
    String endpoint = register("limited", "http://127.0.0.1:9");
    String service =
        keystone
            .ask("GET", "/endpoints/" + endpoint, "")
            .path("endpoint")
            .path("service_id")
            .asText();
    String where = "{\"service_id\":\"" + service + "\",\"region_id\":\"RegionOne\",";
    String[][] limits = {
      {"image_count_total", "2"},
      {"image_size_total", "1"},
      {"image_stage_total", "1"},
      {"image_count_uploading", "-1"}
    };
    for (String[] limit : limits) {
      keystone.ask(
          "POST",
          "/registered_limits",
          "{\"registered_limits\":[%s\"resource_name\":\"%s\",\"default_limit\":%s}]}"
              .formatted(where, limit[0], limit[1]));
    }
    keystone.ask(
        "POST",
        "/limits",
        "{\"limits\":[%s\"resource_name\":\"image_count_total\",\"resource_limit\":1,\"project_id\":\"%s\"}]}"
            .formatted(where, project));
    try (RunningServer server =
        server()
            .set("DEFAULT", "use_keystone_limits", "true")
            .set("oslo_limit", "endpoint_id", endpoint)
            .set("oslo_limit", "auth_url", keystone.url())
            .set("oslo_limit", "username", "admin")
            .set("oslo_limit", "password", RealKeystone.PASSWORD)
            .set("oslo_limit", "system_scope", "all")
            .startConfigured()) {
      String alice = alice();
      String raw = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
      String id = server.create(alice, raw);
      assertEquals(413, server.askAs(alice, "POST", "/v2/images", raw).status());
      server.create(bob, raw);
      server.create(bob, raw);
      assertEquals(413, server.askAs(bob, "POST", "/v2/images", raw).status());
      String file = "/v2/images/" + id + "/file";
      assertEquals(413, server.askAs(alice, "PUT", file, new byte[2 << 20]).status());
      assertEquals(204, server.askAs(alice, "PUT", file, new byte[1 << 20]).status());
      JsonNode usage = server.askAs(alice, "GET", "/v2/info/usage", null).json().path("usage");
      assertEquals("{\"limit\":1,\"usage\":1}", usage.path("image_size_total").toString());
      assertEquals("{\"limit\":1,\"usage\":1}", usage.path("image_count_total").toString());
      assertEquals("{\"limit\":-1,\"usage\":0}", usage.path("image_count_uploading").toString());
    }
  }
}
