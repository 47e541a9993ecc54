package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a deployer says about properties of images, in a file beside that of the settings. */
class SchemaFileTest {
  @TempDir Path directory;

  /** A service with this file, and settings that are a file, too. */
  private ImageServer server(String schema) throws IOException {
    Files.writeString(directory.resolve("schema-image.json"), schema);
    Path file = directory.resolve("service.conf");
    Files.writeString(file, "[DEFAULT]\nbind_port = 0\n");
    return new ImageServer(Settings.read(IniFile.read(file), directory.resolve("data")));
  }

  private static RunningServer client(Path directory, ImageServer server) throws IOException {
    server.start();
    return RunningServer.of(directory, server);
  }

  @Test
  void newImagesNeedWhatIsRequiredAndValuesAreWhatIsAllowed() throws IOException {
    String schema =
        """
        {"properties": {
           "os_distro": {"description": "d", "type": "string"},
           "kernel_id": {"type": ["null", "string"], "pattern": "^[0-9a-f-]{36}$"},
           "policy": {"type": "string", "enum": ["on", "off"], "maxLength": 3}},
         "required": ["os_distro"]}
        """;
    try (RunningServer server = client(directory.resolve("x"), server(schema))) {
      Map<String, Integer> answers =
          Map.of(
              "{}", 400,
              "{\"os_distro\":\"debian\"}", 201,
              "{\"os_distro\":\"debian\",\"kernel_id\":\"x\"}", 400,
              "{\"os_distro\":\"debian\",\"policy\":\"maybe\"}", 400,
              "{\"os_distro\":\"debian\",\"policy\":\"on\",\"other\":\"y\"}", 201);
      for (Map.Entry<String, Integer> answer : answers.entrySet()) {
        assertEquals(
            answer.getValue(),
            server.ask("POST", "/v2/images", answer.getKey()).status(),
            answer.getKey());
      }
      String id = server.create(RunningServer.ADMIN, "{\"os_distro\":\"debian\"}");
      String wrong = "[{\"op\":\"add\",\"path\":\"/policy\",\"value\":\"x\"}]";
      assertEquals(400, server.patch(RunningServer.ADMIN, id, wrong).status());
      String fine = "[{\"op\":\"add\",\"path\":\"/policy\",\"value\":\"off\"}]";
      assertEquals(200, server.patch(RunningServer.ADMIN, id, fine).status());
      String without = "[{\"op\":\"remove\",\"path\":\"/os_distro\"}]";
      assertEquals(400, server.patch(RunningServer.ADMIN, id, without).status());
      String shown = server.ask("GET", "/v2/schemas/image", null).text();
      assertTrue(shown.contains("\"required\":[\"os_distro\"]"), shown);
      assertTrue(shown.contains("\"policy\":{\"type\":\"string\",\"enum\":"), shown);
    }
  }

  @Test
  void whatWouldNotBeObeyedStopsTheStartAndSaysTheLine() {
    String a = "{\"properties\": {\"a\": {\"type\": \"string\"}},\n";
    String[][] wrong = {
      {"{\n\"a\": {\"type\": \"integer\"}}", "line 2", "string"},
      {"{\"a\": {\"type\": \"string\"},\n\n\"b\": {\"type\": 1}}", "line 3", "b: "},
      {"{\"a\": {\"type\": \"string\",\n\"format\": \"uri\"}}", "line 1", "format"},
      {"{\"a\": {\"type\": \"string\", \"pattern\": \"(\"}}", "line 1", "pattern"},
      {"{\"a\": {\"type\": \"string\", \"pattern\": \"(?!b)c\"}}", "line 1", "RE2"},
      {"{\"a\": {\"type\": \"string\", \"pattern\": \"(.)\\\\1\"}}", "line 1", "RE2"},
      {"{\"a\": {\"type\": \"string\", \"pattern\": 1}}", "line 1", "pattern"},
      {"{\"a\": {\"type\": \"string\", \"enum\": \"on\"}}", "line 1", "enum"},
      {"{\"a\": {\"type\": \"string\", \"enum\": [\"1\", 2]}}", "line 1", "enum"},
      {"{\"a\": {\"type\": \"string\", \"maxLength\": 1.5}}", "line 1", "maxLength"},
      {"{\"a\": {\"type\": \"string\", \"minLength\": -1}}", "line 1", "minLength"},
      {"{\"name\": {\"type\": \"string\"}}", "line 1", "name"},
      {a + "\"required\": \"a\"}", "line 2", "required"},
      {a + "\"required\": [\"b\"]}", "line 2", "\"b\""},
      {a + "\"required\": [1]}", "line 2", "required"},
      {a + "\"additionalProperties\": false}", "line 2", "additionalProperties"},
      {a + "\"patternProperties\": {}}", "line 2", "patternProperties"},
      {a + "\"type\": \"array\"}", "line 2", "type"},
      {"[]", "line 1", "object"},
      {"{\"a\":\n", "line 2", ""}
    };
    for (String[] each : wrong) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> server(each[0]).close(), each[0]);
      assertTrue(
          refused.getMessage().contains("schema-image.json, " + each[1] + ": "), each[0] + refused);
      assertTrue(refused.getMessage().contains(each[2]), refused.getMessage());
    }
  }

  @Test
  void noValueKeepsAnExpressionBusy() throws IOException {
    String schema =
        """
        {"a": {"type": "string", "pattern": "^(a+)+$"},
         "b": {"type": "string", "pattern": "^(a|b|ab)*c$"},
         "c": {"type": "string", "pattern": "(x*)*y"}}
        """;
    try (RunningServer server = client(directory.resolve("x"), server(schema))) {
      String[][] values = {
        {"a", "a".repeat(65_000) + "!", "400"},
        {"a", "a".repeat(65_000), "201"},
        {"b", "ab".repeat(32_000), "400"},
        {"b", "ab".repeat(32_000) + "c", "201"},
        {"c", "x".repeat(65_000), "400"}
      };
      for (String[] value : values) {
        String body = "{\"%s\":\"%s\"}".formatted(value[0], value[1]);
        long started = System.nanoTime();
        assertEquals(value[2], "" + server.ask("POST", "/v2/images", body).status(), value[0]);
        long millis = (System.nanoTime() - started) / 1_000_000;
        assertTrue(millis < 4000, value[0] + ": " + millis + " ms");
      }
    }
  }
}
