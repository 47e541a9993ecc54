package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every command of the real clients (python3-glanceclient, python3-openstackclient) against the
 * service: two stores, and conversion to raw switched on. Which outcome is right was recorded with
 * Glance.
 */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsIT {
  private static final String USER = "alice:p1:member";
  private static final String OTHER = "bob:p2:member";
  private static final String BOTH = "--disk-format qcow2 --container-format bare";

  private Path directory;
  private RunningServer server;
  private ClientCommands clients;
  private HttpServer web;
  private Path qcow2;
  private int ids;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    ExternalTool qemuImg = ExternalTool.qemuImg();
    qcow2 = directory.resolve("small.qcow2");
    qemuImg.run("create", "-q", "-f", "qcow2", qcow2, "32M").mustExit(0);
    ExternalTool.qemuIo().run("-c", "write -P 7 1M 2M", qcow2).mustExit(0);
    server =
        new RunningServer(directory.resolve("service"))
            .set("DEFAULT", "show_multiple_locations", "true")
            .set("DEFAULT", "image_cache_dir", directory.resolve("cache").toString())
            .set("DEFAULT", "cache_prefetcher_interval", "1")
            .set("image_import_opts", "image_import_plugins", "[image_conversion]")
            .start();
    clients = new ClientCommands(directory, server.url());
    web = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          byte[] content = Files.readAllBytes(qcow2);
          exchange.sendResponseHeaders(200, content.length);
          exchange.getResponseBody().write(content);
          exchange.close();
        });
    web.start();
  }

  @AfterAll
  void end() throws IOException {
    if (clients != null) {
      clients.close();
    }
    if (server != null) {
      server.close();
    }
    if (web != null) {
      web.stop(0);
    }
  }

  private String uri() {
    return "http://127.0.0.1:" + web.getAddress().getPort() + "/small.qcow2";
  }

  private String newId() {
    return "%08d-1111-4111-8111-111111111111".formatted(++ids);
  }

  private String ok(String line) throws IOException {
    return outcome(clients.run(line), line, 0, "");
  }

  private void refused(String line, String reason) throws IOException {
    outcome(clients.run(line), line, 1, reason);
  }

  private String outcome(ClientCommands.Outcome outcome, String line, int code, String reason) {
    assertEquals(code, outcome.code(), line + "\n" + outcome);
    assertTrue((outcome.out() + outcome.err()).contains(reason), line + "\n" + outcome);
    return outcome.out();
  }

  private void shows(String output, String... texts) {
    for (String text : texts) {
      assertTrue(output.contains(text), text + " is not in\n" + output);
    }
  }

  /** A record that has its data. */
  private String active(String more) throws IOException {
    String id = newId();
    ok("glance image-create --id " + id + " --name " + id + " " + BOTH + " --file " + qcow2 + more);
    return id;
  }

  @Test
  void listsAreFilteredSortedAndPaged() throws IOException {
    String tagged = active(" --property colour=green --tags list1 list2");
    String plain = active("");
    shows(ok("glance image-list"), tagged, plain);
    shows(ok("glance image-list --page-size 2"), tagged, plain);
    String newest = ok("glance image-list --limit 1 --sort-key created_at --sort-dir desc");
    assertEquals(1, newest.lines().filter(line -> line.contains("-1111-")).count(), newest);
    for (String filter :
        List.of("--property-filter colour=green", "--tag list1", "--tag list1 --tag list2")) {
      String found = ok("glance image-list " + filter);
      shows(found, tagged);
      assertTrue(!found.contains(plain), found);
    }
    shows(ok("glance image-list --include-stores"), "fast");
    ok("glance image-update " + plain + " --hidden true");
    assertTrue(!ok("glance image-list").contains(plain));
    shows(ok("glance image-list --hidden true"), plain);
  }

  @Test
  void recordsAreCreatedShownAndChanged() throws IOException {
    String id = newId();
    String created =
        ok(
            "glance image-create --id "
                + id
                + " --name N "
                + BOTH
                + " --property k=v --min-disk 1 --min-ram 64 --visibility public --protected true"
                + " --tags a b");
    shows(created, id, "queued", "public", "[\"a\", \"b\"]");
    shows(ok("glance image-show " + id), "| min_ram          | 64", "| k                | v");
    refused("glance image-delete " + id, "You are not permitted to delete the image");
    shows(
        ok(
            "glance image-update "
                + id
                + " --name X --property k=w --property z=1 --visibility private --protected false"
                + " --hidden true"),
        "| k                | w",
        "private");
    assertTrue(!ok("glance image-update " + id + " --remove-property z").contains("| z "));
    ok("glance image-delete " + id);
    refused("glance image-show " + id, "No image found with ID " + id);
  }

  @Test
  void projectsSeeTheirOwn() throws IOException {
    String id = newId();
    String create = "glance image-create --id " + id + " --name mine " + BOTH;
    outcome(clients.runAs(USER, create + " --visibility public"), create, 1, "publicize_image");
    outcome(clients.runAs(USER, create), create, 0, "shared");
    String show = "glance image-show " + id;
    outcome(clients.runAs(OTHER, show), show, 1, "No image found with ID " + id);
    String pending = "glance image-list --visibility shared --member-status pending";
    outcome(clients.runAs(USER, "glance member-create " + id + " p2"), "create", 0, "pending");
    outcome(clients.runAs(OTHER, pending), pending, 0, id);
    assertTrue(!clients.runAs(OTHER, "glance image-list").out().contains(id));
    outcome(
        clients.runAs(OTHER, "glance member-update " + id + " p2 accepted"), "up", 0, "accepted");
    outcome(clients.runAs(OTHER, "glance image-list"), "list", 0, id);
    outcome(clients.runAs(USER, "glance member-list --image-id " + id), "list", 0, "p2");
    outcome(clients.runAs(USER, "glance member-get " + id + " p2"), "get", 0, "accepted");
    outcome(clients.runAs(USER, "glance member-delete " + id + " p2"), "delete", 0, "");
    outcome(clients.runAs(OTHER, show), show, 1, "No image found with ID " + id);
    outcome(clients.runAs(USER, "glance task-list"), "tasks", 1, "tasks_api_access");
  }

  @Test
  void dataGoUpAndDown() throws IOException {
    String id = newId();
    ok("glance image-create --id " + id + " --name up " + BOTH);
    ok("glance image-upload --file " + qcow2 + " --store slow " + id);
    shows(ok("glance image-show " + id), "active", "slow", "33554432");
    refused(
        "glance image-upload --file " + qcow2 + " " + id,
        "Image status transition from active to saving is not allowed");
    refused("glance image-stage --file " + qcow2 + " " + id, "not allowed");
    Path down = directory.resolve("down");
    ok("glance image-download --file " + down + " " + id);
    assertArrayEquals(Files.readAllBytes(qcow2), Files.readAllBytes(down));
    ok("glance image-deactivate " + id);
    String download = "glance image-download --file " + down + " " + id;
    ok("glance image-update " + id + " --visibility community");
    outcome(clients.runAs(USER, download), download, 1, "deactivated");
    ok("glance image-reactivate " + id);
    outcome(clients.runAs(USER, download), download, 0, "");
    ok("glance image-tag-update " + id + " T");
    shows(ok("glance image-show " + id), "[\"T\"]");
    ok("glance image-tag-delete " + id + " T");
    refused("glance location-add --url http://127.0.0.1/x " + id, "Invalid location");
    ok("glance image-delete " + id);
    assertTrue(!RunningServer.files(server.storeDirectory("slow")).contains(id));
  }

  private JsonNode imported(String id, String stores) throws IOException {
    JsonNode image = server.settled(id);
    assertEquals("active", image.path("status").textValue(), image::toString);
    assertEquals("raw", image.path("disk_format").textValue());
    assertEquals(32 << 20, image.path("size").intValue());
    assertEquals(stores, image.path("stores").textValue());
    for (String store : stores.split(",")) {
      Path file = server.storeDirectory(store).resolve(id);
      ExternalTool.qemuImg().run("compare", "-f", "qcow2", "-F", "raw", qcow2, file).mustExit(0);
    }
    assertTrue(!RunningServer.files(server.staging()).contains(id + ".platter-staged"));
    return image;
  }

  @Test
  void stagedImagesAreImportedAndConverted() throws IOException {
    String id = newId();
    ok("glance image-create --id " + id + " --name staged " + BOTH);
    ok("glance image-stage --file " + qcow2 + " " + id);
    refused("glance image-stage --file " + qcow2 + " " + id, "not allowed");
    ok("glance image-import --import-method glance-direct " + id);
    imported(id, "fast");
    String tasks = ok("glance image-tasks " + id);
    shows(tasks, "Copied 32 MiB", "success");
    refused("glance image-import --import-method glance-direct " + id, "uploading");

    String copy = "glance image-import --import-method copy-image ";
    ok(copy + "--stores slow " + id);
    imported(id, "fast,slow");
    refused(copy + "--stores slow " + id, "Image is already present at store 'slow'");
    ok(copy + "--all-stores true " + id);
    imported(id, "fast,slow");
    ok("glance stores-delete --store slow " + id);
    imported(id, "fast");
    refused(
        "glance stores-delete --store fast " + id,
        "Cannot delete image data from the only store containing it");
  }

  @Test
  void importsGoToSeveralStores() throws IOException {
    String one = newId();
    ok("glance image-create --id " + one + " --name one " + BOTH);
    ok("glance image-stage --file " + qcow2 + " " + one);
    ok(
        "glance image-import --import-method glance-direct --all-stores true --allow-failure true "
            + one);
    JsonNode image = imported(one, "fast,slow");
    assertEquals("", image.path("os_glance_importing_to_stores").textValue());
    assertEquals("", image.path("os_glance_failed_import").textValue());

    String two = newId();
    ok("glance image-create --id " + two + " --name two " + BOTH);
    ok("glance image-stage --file " + qcow2 + " " + two);
    ok("glance image-import --import-method glance-direct --stores slow " + two);
    imported(two, "slow");
  }

  @Test
  void oneCommandCreatesAndImports() throws IOException {
    String command = "glance image-create-via-import " + BOTH + " --name via --id ";
    String direct = newId();
    ok(command + direct + " --import-method glance-direct --file " + qcow2);
    imported(direct, "fast");
    String several = newId();
    ok(
        command
            + several
            + " --import-method web-download --uri "
            + uri()
            + " --stores fast,slow --allow-failure False");
    imported(several, "fast,slow");
    String slow = newId();
    ok(command + slow + " --import-method web-download --uri " + uri() + " --store slow");
    imported(slow, "slow");
    String filtered = newId();
    refused(
        command + filtered + " --import-method web-download --uri ftp://example.org/x",
        "URI for web-download does not pass filtering: ftp://example.org/x");
    assertEquals("queued", server.image(filtered).path("status").textValue());
  }

  @Test
  void theServiceTellsWhatItIs() throws IOException {
    shows(ok("glance import-info"), "glance-", "web-download", "copy-image");
    shows(ok("glance stores-info"), "fast", "slow");
    shows(ok("glance stores-info --detail"), "data_dir");
    ok("glance usage");
    shows(ok("glance explain image"), "disk_format");
  }

  @Test
  void tasksAreListedShownAndMade() throws IOException {
    ClientCommands.Outcome made =
        clients.run(
            Arrays.asList(
                "glance",
                "task-create",
                "--type",
                "import",
                "--input",
                "{\"import_from\":\"%s\",\"import_from_format\":\"qcow2\",\"image_properties\":"
                        .formatted(uri())
                    + "{\"name\":\"legacy\",\"container_format\":\"bare\"}}"));
    assertEquals(0, made.code(), made::toString);
    String id =
        made.out()
            .lines()
            .filter(line -> line.startsWith("| id "))
            .map(line -> line.split("\\|")[2].strip())
            .findFirst()
            .orElseThrow();
    shows(ok("glance task-list"), id);
    String task = "";
    for (int i = 0; i < 100 && !task.contains("success"); i++) {
      task = ok("glance task-show " + id);
    }
    shows(task, "success", "import_from");
    JsonNode images = server.ask("GET", "/v2/images?name=legacy", null).json().path("images");
    imported(images.path(0).path("id").textValue(), "fast");
  }

  @Test
  void theCacheIsRuled() throws IOException {
    String id = active("");
    ok("glance cache-queue " + id);
    String listed = "";
    for (int i = 0; i < 100 && !listed.contains("cached"); i++) {
      listed = ok("glance cache-list");
    }
    shows(listed, id, "cached");
    ok("glance cache-delete " + id);
    ok(
        "glance cache-delete "
            + id); // an image that is not in the cache is gone from it, as Glance has it
    ok("glance cache-clear");
    ok("glance cache-clear --target cache");
    ok("glance cache-clear --target queue");
    assertTrue(!ok("glance cache-list").contains(id));
  }

  @Test
  void namespacesAreDefined() throws IOException {
    ok("glance md-namespace-create N1 --description about");
    shows(ok("glance md-namespace-list"), "N1");
    shows(ok("glance md-namespace-update N1 --display-name Shown"), "Shown");
    shows(ok("glance md-namespace-show N1"), "Shown", "about");
    ok("glance md-resource-type-associate --name OS::Glance::Image --prefix hw_ N1");
    shows(ok("glance md-resource-type-list"), "OS::Glance::Image");
    shows(ok("glance md-namespace-resource-type-list N1"), "OS::Glance::Image");
    ok("glance md-resource-type-deassociate N1 OS::Glance::Image");
    ok("glance md-namespace-properties-delete N1");
    ok("glance md-namespace-objects-delete N1");
    ok("glance md-namespace-tags-delete N1");
    ok("glance md-namespace-delete N1");
    refused("glance md-namespace-show N1", "namespace=N1 was not found");
    String create = "glance md-namespace-create N2";
    outcome(clients.runAs(USER, create), create, 1, "add_metadef_namespace");
  }

  @Test
  void namespacesHoldPropertiesObjectsAndTags() throws IOException {
    ok("glance md-namespace-create M1");
    ok("glance md-property-create M1 --name P --title T --schema {\"type\":\"string\"}");
    shows(ok("glance md-property-list M1"), "P");
    shows(ok("glance md-property-update M1 P --title T2"), "T2");
    shows(ok("glance md-property-show M1 P"), "T2", "string");
    ok("glance md-property-delete M1 P");

    ok(
        "glance md-object-create M1 --name O --schema"
            + " {\"properties\":{\"q\":{\"type\":\"string\",\"title\":\"Q\"}}}");
    shows(ok("glance md-object-list M1"), "O");
    shows(ok("glance md-object-show M1 O"), "[\"q\"]");
    shows(ok("glance md-object-property-show M1 O q"), "Q");
    ok("glance md-object-update M1 O --name O2");
    ok("glance md-object-delete M1 O2");

    ok("glance md-tag-create M1 --name T1");
    ok("glance md-tag-create-multiple M1 --names A,B --delim ,");
    shows(ok("glance md-tag-list M1"), "A", "B");
    ok("glance md-tag-update M1 A --name C");
    shows(ok("glance md-tag-show M1 C"), "C");
    ok("glance md-tag-delete M1 C");
    refused("glance md-tag-show M1 C", "was not found");
    ok("glance md-namespace-delete M1");
  }

  @Test
  void theOpenstackClientDoesTheSame() throws IOException {
    shows(
        ok(
            "openstack image create os1 --file "
                + qcow2
                + " --disk-format qcow2 --public --protected --property k=v --min-disk 2 --tag z"),
        "os1");
    ok("openstack image create os2 --import --file " + qcow2 + " --disk-format qcow2");
    JsonNode second = server.ask("GET", "/v2/images?name=os2", null).json().path("images").path(0);
    imported(second.path("id").textValue(), "fast");
    shows(ok("openstack image list"), "os1", "os2");
    shows(ok("openstack image list --long"), "qcow2", "raw");
    shows(ok("openstack image list --property k=v"), "os1");
    ok("openstack image list --status active --limit 1 --sort name:asc");
    shows(ok("openstack image show os1"), "k='v'");
    ok("openstack image set os1 --name os3 --property y=2 --tag q --private --unprotected");
    ok("openstack image set os3 --deactivate");
    shows(ok("openstack image show os3"), "deactivated", "private", "y='2'");
    ok("openstack image set os3 --activate");
    ok("openstack image set os3 --shared --protected");
    ok("openstack image set os3 --hidden");
    shows(ok("openstack image list --hidden"), "os3");
    ok("openstack image set os3 --unhidden --unprotected");
    ok("openstack image unset os3 --tag q --property y");
    Path down = directory.resolve("os-down");
    ok("openstack image save --file " + down + " os3");
    assertArrayEquals(Files.readAllBytes(qcow2), Files.readAllBytes(down));
    ok("openstack image member list os3");
    ok("openstack image delete os3 os2");
    refused("openstack image show os3", "os3");
  }
}
