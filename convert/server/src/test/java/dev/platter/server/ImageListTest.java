package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.server.RunningServer.Answer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Lists of images: who sees what, filters, order, pages. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImageListTest {
  private static final String ADMIN = RunningServer.ADMIN;
  private static final String USER = "alice:p1:member";
  private static final String RAW = "\"disk_format\":\"raw\",\"container_format\":\"bare\"";

  private RunningServer server;

  @BeforeAll
  void start(@TempDir Path directory) throws IOException {
    server = new RunningServer(directory).start();
  }

  @AfterAll
  void end() throws IOException {
    server.close();
  }

  private void expect(int status, String message, Answer answer) {
    assertEquals(status, answer.status(), answer::text);
    assertTrue(answer.text().contains(message), answer::text);
  }

  @Test
  void listsShowWhatTheCallerMaySee() throws IOException {
    String token = "carol:p7:member";
    String own = server.create(token, "{\"visibility\":\"private\"}");
    String publicOne = server.create(ADMIN, "{\"visibility\":\"public\"}");
    String community = server.create(ADMIN, "{\"visibility\":\"community\"}");
    String hidden = server.create(ADMIN, "{\"visibility\":\"public\",\"os_hidden\":true}");
    String foreign = server.create(USER, "{}");
    assertTrue(list(token, "").containsAll(Set.of(own, publicOne)));
    for (String unseen : List.of(community, hidden, foreign)) {
      assertFalse(list(token, "").contains(unseen));
    }
    assertTrue(list(token, "visibility=community").contains(community));
    assertTrue(list(token, "visibility=all").containsAll(Set.of(own, publicOne, community)));
    assertEquals(List.of(own), list(token, "visibility=private"));
    assertTrue(list(token, "os_hidden=true").contains(hidden));
    assertTrue(list(ADMIN, "").contains(foreign));
  }

  private List<String> list(String token, String query) throws IOException {
    Answer answer = server.askAs(token, "GET", "/v2/images?limit=1000&" + query, null);
    assertEquals(200, answer.status(), answer::text);
    List<String> ids = new ArrayList<>();
    answer.json().path("images").forEach(image -> ids.add(image.path("id").textValue()));
    return ids;
  }

  @Test
  void pagesNeitherOverlapNorLeaveAnythingOut() throws IOException {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 9; i++) {
      made.add(server.create(USER, "{\"name\":\"page" + i % 2 + "\",\"paged\":\"yes\"}"));
    }
    for (String sort :
        List.of("", "&sort=name:asc,size:desc", "&sort_key=name&sort_dir=desc", "&sort_key=size")) {
      List<String> seen = new ArrayList<>();
      String next = "/v2/images?paged=yes&limit=2" + sort;
      while (next != null) {
        JsonNode page = server.askAs(USER, "GET", next, null).json();
        page.path("images").forEach(image -> seen.add(image.path("id").textValue()));
        next = page.path("next").textValue();
      }
      assertEquals(9, seen.size(), sort);
      assertEquals(made, new HashSet<>(seen), sort);
      assertEquals(seen, list(USER, "paged=yes" + sort), sort);
    }
    expect(400, "no image", server.ask("GET", "/v2/images?marker=nix", null));
    expect(400, "sort key", server.ask("GET", "/v2/images?sort_key=nix", null));
    expect(400, "sort direction", server.ask("GET", "/v2/images?sort=name:up", null));
    expect(400, "positive", server.ask("GET", "/v2/images?limit=-1", null));
    expect(400, "integer", server.ask("GET", "/v2/images?limit=x", null));
  }

  @Test
  void filtersNarrowLists() throws IOException {
    String token = "dave:p8:member";
    String small =
        server.create(token, "{\"name\":\"f1\"," + RAW + ",\"tags\":[\"x\",\"y\"],\"p\":\"1\"}");
    String large = server.create(token, "{\"name\":\"f,2\"," + RAW + ",\"tags\":[\"x\"]}");
    server.askAs(token, "PUT", "/v2/images/" + small + "/file", new byte[10]);
    server.askAs(token, "PUT", "/v2/images/" + large + "/file", new byte[1000]);
    assertEquals(List.of(small), list(token, "visibility=shared&name=f1"));
    assertEquals(List.of(small), list(token, "owner=p8&size_max=10"));
    assertEquals(List.of(large), list(token, "owner=p8&size_min=11"));
    assertEquals(List.of(small), list(token, "owner=p8&tag=x&tag=y"));
    assertEquals(2, list(token, "owner=p8&tag=x").size());
    assertEquals(List.of(small), list(token, "owner=p8&p=1"));
    assertEquals(List.of(small), list(token, "owner=p8&name=in:f1,zz"));
    assertEquals(
        2, list(token, "owner=p8&status=active&created_at=gt:2020-01-01T00:00:00Z").size());
    assertEquals(0, list(token, "owner=p8&created_at=lt:2020-01-01T00:00:00Z").size());
    assertEquals(0, list(token, "owner=p8&protected=true").size());
    assertEquals(0, list(token, "owner=p8&p=1' OR '1'='1".replace(" ", "%20")).size());
    expect(400, "Invalid time", server.ask("GET", "/v2/images?created_at=x", null));
    expect(400, "visibility", server.ask("GET", "/v2/images?visibility=x", null));
    expect(400, "filter", server.ask("GET", "/v2/images?size_min=x", null));
  }
}
