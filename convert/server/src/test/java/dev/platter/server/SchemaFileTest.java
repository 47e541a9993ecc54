package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.config.IniFile;
import dev.platter.server.config.ServiceConfig;
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
    return new ImageServer(new ServiceConfig(IniFile.read(file), directory.resolve("data")));
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
      String shown = server.ask("GET", "/v2/schemas/image", null).text();
      assertTrue(shown.contains("\"required\":[\"os_distro\"]"), shown);
      assertTrue(shown.contains("\"policy\":{\"type\":\"string\",\"enum\":"), shown);
    }
  }

  @Test
  void whatWouldNotBeObeyedStopsTheStart() {
    String[][] wrong = {
      {"{\"a\": {\"type\": \"integer\"}}", "string"},
      {"{\"a\": {\"type\": \"string\", \"format\": \"uri\"}}", "format"},
      {"{\"a\": {\"type\": \"string\", \"pattern\": \"(\"}}", "pattern"},
      {"{\"name\": {\"type\": \"string\"}}", "name"},
      {"[]", "object"},
      {"{\"a\":\n", "line 2"}
    };
    for (String[] each : wrong) {
      IOException refused = assertThrows(IOException.class, () -> server(each[0]).close(), each[0]);
      assertTrue(refused.getMessage().contains("schema-image.json"), refused.getMessage());
      assertTrue(refused.getMessage().contains(each[1]), refused.getMessage());
    }
  }
}
