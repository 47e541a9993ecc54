package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.identity.Secret;
import dev.platter.server.ui.Browser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The page at /ui as people use it, in Chromium. With {@code -Dui.pictures=DIRECTORY} it leaves
 * pictures there.
 */
@Tag("interop")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageIT {
  private static final int SIZE = 8 << 20;
  private static final String RAW = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";
  private static final String MEMBER = "alice:p1:member";

  private Path directory;
  private Browser browser;
  private RunningServer server;
  private StalledDownload web;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    browser = new Browser(directory.resolve("profile"));
    server =
        new RunningServer(directory.resolve("service"))
            .set("fast", "store_description", "on this machine")
            .start();
    web = new StalledDownload(SIZE);
  }

  @AfterAll
  void end() throws IOException {
    if (web != null) {
      web.close();
    }
    if (browser != null) {
      browser.close();
    }
    if (server != null) {
      server.close();
    }
  }

  /** Begins anew, as a tab that was just opened. */
  @BeforeEach
  void openThePage() throws IOException {
    browser.open(server.url() + "/ui");
    browser.run("sessionStorage.clear()");
    as("");
    browser.complaints();
  }

  private void as(String token) throws IOException {
    browser.run("sessionStorage.setItem('platter-token', arguments[0])", token);
    browser.open(server.url() + "/ui");
    browser.await(
        "return document.querySelector('#views') && !document.querySelector('#views').hidden");
  }

  private void go(String view) throws IOException {
    browser.run("location.hash = arguments[0]", view);
  }

  /** Neither the policy nor anything else was in the way, but for answers that were expected. */
  @AfterEach
  void nothingIsComplainedOf() throws IOException {
    List<String> complaints =
        browser.complaints().stream()
            .filter(text -> !text.contains("Failed to load resource"))
            .toList();
    assertEquals(List.of(), complaints);
  }

  private String active(String name) throws IOException {
    String id = server.create(RunningServer.ADMIN, "{\"name\":\"%s\",%s}".formatted(name, RAW));
    server.ask("PUT", "/v2/images/" + id + "/file", new byte[4096]);
    return id;
  }

  private JsonNode named(String name) throws IOException {
    return server.ask("GET", "/v2/images?name=" + name, null).json().path("images");
  }

  @Test
  void imagesAreListedInPagesAndSearched() throws IOException {
    for (int i = 0; i < 23; i++) {
      server.create(RunningServer.ADMIN, "{\"name\":\"paged %02d\"}".formatted(i));
    }
    browser.type("input[type=search]", "paged");
    browser.await("return document.querySelectorAll('#list tbody tr').length === 20");
    browser.click("#next");
    browser.await("return document.querySelectorAll('#list tbody tr').length === 3");
    assertTrue(browser.run("return document.querySelector('#next').disabled").asBoolean());
    browser.click("#previous");
    browser.await("return document.querySelectorAll('#list tbody tr').length === 20");
    browser.type("input[type=search]", " 07");
    browser.await("return document.querySelectorAll('#list tbody tr').length === 1");
    assertTrue(browser.text("#list tbody").contains("paged 07"));
  }

  @Test
  void aFileThatIsDroppedIsUploadedAndShown() throws IOException {
    go("#add");
    browser.text(".drop");
    // What the browser does when a file is dropped: tests cannot drop one themselves.
    browser.run(
        "const data = new DataTransfer();"
            + "data.items.add(new File([new Uint8Array(1 << 20)], 'dropped.img'));"
            + "document.querySelector('.drop').dispatchEvent("
            + "new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true}))");
    browser.awaitText("dropped.img, 1.0 MiB");
    browser.click("#add");
    browser.await("return location.hash.startsWith('#image/')");
    browser.awaitText("1.0 MiB (1048576 bytes)");
    assertEquals("dropped.img active", browser.text("h1").replace('\n', ' '));
    assertEquals("active", named("dropped.img").path(0).path("status").asText());
  }

  @Test
  void theFormatIsSuggestedByTheContentAndARefusalIsSaidWithItsReason() throws IOException {
    Path file =
        Files.write(
            directory.resolve("liar.img"), HexFormat.of().parseHex("514649fb00000003".repeat(200)));
    go("#add");
    browser.type("#file", file.toString());
    browser.await("return [...document.querySelectorAll('select')].some(s => s.value === 'qcow2')");
    browser.click("#add");
    browser.text("[role=alert]");
    browser.await("return document.querySelector('[role=alert]').textContent.length > 10");
    assertEquals("#add", browser.run("return location.hash").asText());
    assertEquals(0, named("liar.img").size(), "nothing is left of it");
  }

  @Test
  void anImportFromTheWebShowsHowFarItIs() throws IOException {
    go("#add");
    browser.click("input[type=radio][value=web]");
    browser.type("input[type=url]", web.url("/far.img"));
    browser.press(Browser.TAB);
    browser.click("#add");
    browser.await(
        "return /downloading: [0-9.]+ MiB of 8.0 MiB, .*\\/s, .* left/.test("
            + "document.querySelector('#bringing')?.innerText)");
    assertEquals(
        SIZE, browser.run("return document.querySelector('#bringing progress').max").asInt());
    browser.screen("dark", 420, 980);
    picture("dark-420-import");
    browser.screen("light", 1280, 860);
    web.goOn();
    browser.await("return location.hash.startsWith('#image/')");
    browser.awaitText("Import");
    assertEquals("active", named("far.img").path(0).path("status").asText());
  }

  @Test
  void aDiskIsDrawnAndConvertedIntoANewImage() throws IOException {
    String id =
        server.create(
            RunningServer.ADMIN,
            "{\"name\":\"of windows\",\"disk_format\":\"qcow2\",\"container_format\":\"bare\","
                + "\"os_type\":\"windows\",\"img_signature\":\"x\",\"note\":\"mine\"}");
    byte[] content = Files.readAllBytes(Path.of("../../testdata/golden/guest/windows.qcow2"));
    assertEquals(204, server.ask("PUT", "/v2/images/" + id + "/file", content).status());
    go("#image/" + id);
    browser.await("return document.querySelector('img.disk')?.naturalWidth > 0");
    String words = browser.run("return document.querySelector('img.disk').alt").asText();
    assertTrue(words.contains("stored.") && words.contains("ntfs Windows: 30 MiB"), words);
    browser.click("#convert");
    browser.await("return location.hash.startsWith('#convert/')");
    browser.awaitText("stays as it is");
    browser.run(
        "const format = document.querySelector('select'); format.value = 'vhdx';"
            + "format.dispatchEvent(new Event('change'))");
    browser.click("#make");
    browser.await("return location.hash.startsWith('#image/')");
    browser.awaitText("Import");
    JsonNode made = named("of%20windows");
    assertEquals(2, made.size());
    JsonNode converted = made.path(made.path(0).path("id").asText().equals(id) ? 1 : 0);
    assertEquals(
        "vhdx active",
        converted.path("disk_format").asText() + " " + converted.path("status").asText());
    assertEquals(
        "windows mine", converted.path("os_type").asText() + " " + converted.path("note").asText());
    assertFalse(converted.has("img_signature"), "it is another's signature");
    assertEquals("qcow2", server.image(id).path("disk_format").asText());
  }

  @Test
  void whatUsersSayIsTextAndNeverMarkup() throws IOException {
    String markup = "<img src=x onerror=window.taken=1><script>window.taken=1</script>";
    String id =
        server.create(
            RunningServer.ADMIN,
            "{\"name\":\"%s\",\"<b>p\":\"%s\",\"tags\":[\"%s\"]}"
                .formatted(markup, markup, markup));
    browser.open(server.url() + "/ui");
    browser.awaitText(markup);
    go("#image/" + id);
    browser.await("return document.querySelectorAll('main table td').length > 0");
    assertEquals(markup, browser.text("main table td"));
    go("#tasks");
    browser.text("main h1");
    assertFalse(browser.run("return 'taken' in window").asBoolean());
    assertEquals(
        0, browser.run("return document.querySelectorAll('main img, main script').length").asInt());
  }

  @Test
  void anImageIsDeletedWithTheKeyboardOnceThatIsConfirmed() throws IOException {
    String id = active("doomed");
    go("#image/" + id);
    browser.text("#delete");
    browser.run("document.querySelector('#delete').focus()");
    browser.press(Browser.ENTER);
    browser.text("dialog[open]");
    assertEquals("Cancel", browser.run("return document.activeElement.textContent").asText());
    browser.press(Browser.ESCAPE);
    browser.await("return !document.querySelector('dialog')");
    assertEquals("delete", browser.run("return document.activeElement.id").asText());
    assertEquals(200, server.ask("GET", "/v2/images/" + id, null).status());
    browser.press(Browser.ENTER);
    browser.text("dialog[open]");
    browser.press(Browser.TAB, Browser.ENTER);
    browser.awaitText("“doomed” is deleted.");
    assertEquals(404, server.ask("GET", "/v2/images/" + id, null).status());
  }

  @Test
  void whatTheInterfaceForbidsThePageCannotDo() throws IOException {
    String id =
        server.create(RunningServer.ADMIN, "{\"name\":\"theirs\",\"visibility\":\"public\"}");
    as(MEMBER);
    go("#image/" + id);
    browser.click("#delete");
    browser.click("#confirm");
    browser.text("[role=alert]");
    assertEquals(200, server.ask("GET", "/v2/images/" + id, null).status());
    go("#tasks");
    browser.awaitText("Only administrators may list all tasks.");
    go("#stores");
    browser.awaitText("on this machine");
    assertFalse(browser.text("main").contains("Database"), "reasons are for administrators");
  }

  @Test
  void administratorsSeeStoresAndTheirRoomAndTheServicesHealth() throws IOException {
    go("#stores");
    browser.await("return document.querySelectorAll('#stores li').length === 2");
    assertTrue(browser.text("#stores").contains("free"), browser.text("#stores"));
    browser.awaitText("Database");
  }

  @Test
  void aTokenIsAskedForKeptInTheTabAndForgotten() throws IOException {
    Path tokens =
        Files.writeString(
            directory.resolve("tokens.yaml"),
            "- {token_sha256: %s, user: alice, project: p1, roles: [member]}\n"
                .formatted(HexFormat.of().formatHex(Secret.digest("open-sesame"))));
    try (RunningServer closed =
        new RunningServer(directory.resolve("closed"))
            .set("paste_deploy", "flavor", "token-file")
            .set("token_file", "path", tokens.toString())
            .startConfigured()) {
      browser.open(closed.url() + "/ui");
      browser.type("#token", "wrong" + Browser.ENTER);
      browser.text("[role=alert]");
      assertTrue(browser.run("return document.querySelector('#views').hidden").asBoolean());
      browser.run("document.querySelector('#token').value = ''");
      browser.type("#token", "open-sesame" + Browser.ENTER);
      browser.awaitText("No images are to be seen here.");
      assertEquals(
          "[0,\"\",1]",
          browser
              .run("return [localStorage.length, document.cookie, sessionStorage.length]")
              .toString());
      Files.writeString(tokens, "[]\n"); // it is no good any more
      browser.await(
          "location.hash = location.hash === '#stores' ? '#images' : '#stores';"
              + "return document.body.innerText.includes('Your token is wrong or has expired.')");
      assertEquals(0, browser.run("return sessionStorage.length").asInt());
    }
  }

  /** A service with images in many states, and tasks that ended well or not. */
  private RunningServer showcase() throws IOException {
    RunningServer full =
        new RunningServer(directory.resolve("showcase"))
            .set("fast", "store_description", "NVMe of this machine")
            .set("slow", "store_description", "Archive")
            .start();
    Path golden = Path.of("../../testdata/golden/tiny-linux.qcow2");
    String[][] images = {
      {
        "Fedora 43",
        "\"disk_format\":\"qcow2\",\"os_distro\":\"fedora\",\"visibility\":\"community\""
      },
      {"Appliance for measurements", "\"disk_format\":\"qcow2\",\"min_disk\":1"},
      {"rescue system", "\"disk_format\":\"qcow2\",\"os_hidden\":false,\"protected\":true"},
      {
        "Debian 13 (trixie)",
        "\"disk_format\":\"qcow2\",\"os_distro\":\"debian\",\"visibility\":\"public\""
      }
    };
    full.create(RunningServer.ADMIN, "{\"name\":\"%s\"}".formatted("long".repeat(50)));
    String id = "";
    for (String[] image : images) {
      id =
          full.create(
              RunningServer.ADMIN,
              "{\"name\":\"%s\",\"container_format\":\"bare\",%s}".formatted(image[0], image[1]));
      full.ask("PUT", "/v2/images/" + id + "/file", Files.readAllBytes(golden));
      assertEquals("active", full.image(id).path("status").asText());
    }
    String broken = full.create(RunningServer.ADMIN, "{\"name\":\"not there\"," + RAW + "}");
    full.ask(
        "POST",
        "/v2/images/" + broken + "/import",
        "{\"method\":{\"name\":\"web-download\",\"uri\":\"http://127.0.0.1:9/none.img\"}}");
    full.settled(broken);
    Files.delete(full.storeDirectory("slow"));
    full.ask(
        "POST",
        "/v2/images/" + id + "/import",
        "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"],\"all_stores_must_succeed\":false}");
    full.settled(id);
    return full;
  }

  /** What a program can see of that everybody can use it: names, contrasts, and widths. */
  @Test
  void everythingHasANameAndCanBeReadOnAnyScreen() throws IOException {
    try (RunningServer full = showcase()) {
      String id =
          full.ask("GET", "/v2/images?os_glance_search=Debian", null)
              .json()
              .at("/images/0/id")
              .asText();
      browser.open(full.url() + "/ui");
      browser.awaitText("Debian");
      for (String scheme : List.of("light", "dark")) {
        for (int width : new int[] {320, 760, 1280}) {
          browser.screen(scheme, width, 860);
          for (String view :
              List.of("#images", "#image/" + id, "#convert/" + id, "#add", "#stores", "#tasks")) {
            go(view);
            browser.await(
                "return location.hash === arguments[0] && document.querySelector('main h1') &&"
                    + " !/Loading…|Asking|Looking at/.test(document.querySelector('main').innerText)",
                view);
            assertEquals("[]", browser.run(CHECK).toString(), scheme + ", " + width + ", " + view);
            picture("%s-%d-%s".formatted(scheme, width, view.substring(1).split("/")[0]));
          }
        }
      }
    } finally {
      browser.screen("light", 1280, 860);
    }
  }

  /**
   * Finds fields and buttons without names, text of too little contrast (WCAG 2.2), and overflow.
   */
  private static final String CHECK =
      """
      const wrong = [];
      const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
      const rgba = color => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data;
      };
      const light = color => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const c = color[i] / 255;
        return sum + weight * (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      }, 0);
      for (const each of document.querySelectorAll('input, select, button, a, progress')) {
        const name = each.labels?.[0]?.textContent || each.getAttribute('aria-label') || each.textContent;
        if (!name.trim()) {
          wrong.push('no name: ' + each.outerHTML);
        }
      }
      for (const each of document.body.querySelectorAll('*')) {
        const text = [...each.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
        if (!text || !each.checkVisibility() || each.disabled || each.closest('.unseen, .skip, noscript, #notice')) {
          continue;
        }
        let ground = each;
        while (ground && rgba(getComputedStyle(ground).backgroundColor)[3] < 255) {
          ground = ground.parentElement;
        }
        const [a, b] = [light(rgba(getComputedStyle(each).color)), light(rgba(getComputedStyle(ground || document.body).backgroundColor))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) {
          wrong.push('contrast ' + contrast.toFixed(2) + ': ' + each.textContent);
        }
      }
      if (document.scrollingElement.scrollWidth > innerWidth) {
        wrong.push('wider than the screen: ' + document.scrollingElement.scrollWidth);
      }
      return wrong;
      """;

  private void picture(String name) throws IOException {
    String place = System.getProperty("ui.pictures", "");
    if (!place.isEmpty()) {
      browser.picture(Files.createDirectories(Path.of(place)).resolve(name + ".png"));
    }
  }
}
