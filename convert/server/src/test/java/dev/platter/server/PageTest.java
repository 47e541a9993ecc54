package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The page at /ui as files: what comes with them, and what is in them. */
class PageTest {
  private static final Pattern NAMED =
      Pattern.compile("(?:href|src)=\"ui/([^\"]+)\"|(?:from|import) '\\./([^']+)'");

  @TempDir Path directory;
  private RunningServer server;

  @BeforeEach
  void start() throws IOException {
    server = new RunningServer(directory).start();
  }

  @AfterEach
  void end() throws IOException {
    server.close();
  }

  @Test
  void thePageMayOnlyRunItsOwnFiles() throws IOException {
    Answer page = server.ask("GET", "/ui", null);
    assertEquals(200, page.status());
    assertEquals("text/html; charset=UTF-8", page.header("Content-Type"));
    String policy = page.header("Content-Security-Policy");
    for (String part :
        new String[] {
          "default-src 'none'",
          "script-src 'self';",
          "connect-src 'self';",
          "frame-ancestors 'none'",
          "form-action 'none'",
          "base-uri 'none'"
        }) {
      assertTrue(policy.contains(part), policy);
    }
    assertFalse(policy.contains("unsafe") || policy.contains("http"), policy);
    assertEquals("nosniff", page.header("X-Content-Type-Options"));
    assertEquals("no-referrer", page.header("Referrer-Policy"));
  }

  @Test
  void allThatThePageNamesIsThereAndNothingElse() throws IOException {
    Set<String> found = new TreeSet<>();
    Deque<String> open = new ArrayDeque<>(List.of("index.html"));
    while (!open.isEmpty()) {
      String name = open.pop();
      if (!found.add(name)) {
        continue;
      }
      Answer file = server.ask("GET", "/ui/" + name, null);
      assertEquals(200, file.status(), name);
      assertFalse(file.header("Content-Security-Policy").isEmpty(), name);
      String text = file.text().replace("http://www.w3.org/2000/svg", "");
      assertFalse(text.contains("//cdn") || text.contains("http:"), name);
      for (String dangerous :
          new String[] {
            "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("
          }) {
        assertFalse(text.contains(dangerous), name + " has " + dangerous);
      }
      assertFalse(text.contains("localStorage") || text.contains(".cookie"), name);
      Matcher matcher = NAMED.matcher(text);
      while (matcher.find()) {
        open.add(matcher.group(1) != null ? matcher.group(1) : matcher.group(2));
      }
    }
    Set<String> files = RunningServer.files(Path.of("src/main/resources/dev/platter/server/ui"));
    assertEquals(new TreeSet<>(files), found);
    for (String other : new String[] {"x.js", "..%2finfo%2fopenapi.json", "PageApi.class"}) {
      assertEquals(404, server.ask("GET", "/ui/" + other, null).status(), other);
    }
  }

  @Test
  void filesThatHaveNotChangedAreNotSentAgain() throws IOException {
    String tag = server.ask("GET", "/ui/app.js", null).header("ETag");
    Answer again =
        server.askAs(RunningServer.ADMIN, "GET", "/ui/app.js", null, "If-None-Match", tag);
    assertEquals(304, again.status());
    assertEquals("", again.text());
    assertEquals("../ui", server.ask("GET", "/ui/", null).header("Location"));
  }

  @Test
  void thePageNeedsNoTokenAndTheInterfaceDoes() throws IOException {
    Path tokens = Files.writeString(directory.resolve("tokens.yaml"), "[]\n");
    try (RunningServer closed =
        new RunningServer(directory.resolve("closed"))
            .set("paste_deploy", "flavor", "token-file")
            .set("token_file", "path", tokens.toString())
            .startConfigured()) {
      assertEquals(200, closed.ask("GET", "/ui", null).status());
      assertEquals(200, closed.ask("GET", "/ui/api.js", null).status());
      assertEquals(401, closed.ask("GET", "/v2/images", null).status());
    }
  }

  @Test
  void aDeployerCanDoWithoutIt() throws IOException {
    try (RunningServer without =
        new RunningServer(directory.resolve("without")).set("ui", "enabled", "no").start()) {
      assertEquals(404, without.ask("GET", "/ui", null).status());
    }
  }

  @Test
  void imagesAreFoundByWhatPeopleType() throws IOException {
    String disk = server.create(RunningServer.ADMIN, "{\"name\":\"Debian 12 50%_off!\"}");
    String tagged = server.create(RunningServer.ADMIN, "{\"name\":\"x\",\"tags\":[\"Deb\"]}");
    String unnamed = server.create(RunningServer.ADMIN, "{}");
    assertEquals(Set.of(disk), search("debian"));
    assertEquals(Set.of(disk), search("50%25_OFF!"));
    assertEquals(Set.of(), search("5_%25"));
    assertEquals(Set.of(disk, tagged), search("Deb"));
    assertEquals(Set.of(unnamed), search(unnamed.substring(0, 9)));
    assertEquals(Set.of(disk, tagged, unnamed), search(""));
    String own = server.create("u:p:member", "{\"name\":\"debian of p\"}");
    assertEquals(Set.of(own), search("u:p:member", "debian"), "nobody sees more by searching");
    assertEquals(
        400, server.ask("GET", "/v2/images?os_glance_search=" + "x".repeat(256), null).status());
    String reserved = "{\"os_glance_search\":\"x\"}";
    assertEquals(403, server.ask("POST", "/v2/images", reserved).status());
  }

  private Set<String> search(String text) throws IOException {
    return search(RunningServer.ADMIN, text);
  }

  private Set<String> search(String token, String text) throws IOException {
    Answer answer = server.askAs(token, "GET", "/v2/images?os_glance_search=" + text, null);
    assertEquals(200, answer.status(), answer::text);
    Set<String> ids = new TreeSet<>();
    answer.json().path("images").forEach(image -> ids.add(image.path("id").asText()));
    return ids;
  }
}
