package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who may do what with which image, by roles that a real Keystone gives. What is right is in {@code
 * role-matrix.txt}, and a real Glance behind the same Keystone says that it is.
 */
@Tag("interop")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RoleMatrixIT {
  /** Name, role and project of callers, in the order of the table's columns. */
  private static final String[][] CALLERS = {
    {"admin", "admin", "admin"},
    {"owner-member", "member", "owner"},
    {"owner-reader", "reader", "owner"},
    {"owner-nobody", "observer", "owner"},
    {"sharer-member", "member", "sharer"},
    {"sharer-reader", "reader", "sharer"},
    {"other-member", "member", "other"},
    {"other-reader", "reader", "other"},
    {"a-service", "service", "services"},
    {"system-admin", "admin", null},
    {"system-reader", "reader", null}
  };

  private final Map<String, String> projects = new TreeMap<>();
  private final Map<String, String> tokens = new LinkedHashMap<>();
  private Path directory;
  private RealKeystone keystone;

  @BeforeAll
  void start(@TempDir Path temporary) throws IOException {
    directory = temporary;
    keystone = new RealKeystone(Files.createDirectory(directory.resolve("keystone")));
    for (String project : List.of("owner", "sharer", "asked", "other", "services")) {
      projects.put(project, keystone.make("project", "{\"name\":\"" + project + "\"}"));
    }
    for (String[] caller : CALLERS) {
      String scope = "{\"system\":{\"all\":true}}";
      if (caller[2] != null) {
        scope = "{\"project\":{\"name\":\"" + caller[2] + "\",\"domain\":{\"id\":\"default\"}}}";
      }
      if (!caller[0].equals("admin")) {
        String project = caller[2] == null ? null : projects.get(caller[2]);
        keystone.user(caller[0], caller[1], project);
      }
      tokens.put(caller[0], keystone.token(caller[0], scope));
    }
  }

  @AfterAll
  void end() throws IOException {
    keystone.close();
  }

  @Test
  void everyRoleMayDoWhatTheTableSays() throws IOException {
    try (RunningServer server =
        new RunningServer(directory.resolve("service"))
            .set("DEFAULT", "enabled_backends", "")
            .set("glance_store", "default_backend", "")
            .behind(keystone)
            .startConfigured()) {
      compare("here", server.url());
    }
  }

  @Test
  void glanceAnswersAsTheTableSays() throws IOException {
    try (RealGlance glance =
        RealGlance.behind(Files.createDirectory(directory.resolve("glance")), keystone).start()) {
      compare("Glance", glance.url());
    }
  }

  private void compare(String who, String url) throws IOException {
    Map<String, List<Integer>> answers;
    try (RoleMatrix matrix = new RoleMatrix(url, tokens.get("admin"), projects)) {
      answers = matrix.run(tokens);
    }
    StringBuilder told = new StringBuilder();
    answers.forEach((row, statuses) -> {
      told.append("%-30s".formatted(row));
      statuses.forEach(status -> told.append(" ").append(status));
      told.append("\n");
    });
    String expected = String.join("\n", RoleMatrix.lines("role-matrix.txt")) + "\n";
    assertEquals(expected, told.toString(), who);
    assertTrue(expected.lines().count() * CALLERS.length >= 200);
  }
}
