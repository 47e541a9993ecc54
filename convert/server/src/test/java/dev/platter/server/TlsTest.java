package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.server.http.Json;
import dev.platter.server.tls.TestCertificates;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The service over TLS, and curl, which knows the authority alone. */
@Tag("interop")
class TlsTest {
  @TempDir Path directory;
  private final ExternalTool curl = ExternalTool.named("curl");
  private TestCertificates made;

  @BeforeEach
  void make() throws IOException {
    made = new TestCertificates(directory);
    made.issue("service", "ec");
  }

  private RunningServer server() throws IOException {
    return new RunningServer(directory.resolve("data"))
        .set("DEFAULT", "cert_file", made.certificate("service").toString())
        .set("DEFAULT", "key_file", made.key("service").toString());
  }

  private byte[] curl(RunningServer server, String path, String... arguments) {
    List<Object> all = new ArrayList<>(List.of("-fsS", "--cacert", made.certificate("root")));
    all.addAll(Arrays.asList(arguments));
    all.add("https://localhost:" + server.server().port() + path);
    return curl.run(all.toArray()).mustExit(0).stdoutBytes();
  }

  @Test
  void imagesGoInAndOutWholeAndInRanges() throws IOException {
    byte[] data = new byte[9 << 20];
    new Random(1).nextBytes(data);
    Arrays.fill(data, 3 << 20, 6 << 20, (byte) 0);
    Path file = Files.write(directory.resolve("disk"), data);
    try (RunningServer server = server().start()) {
      byte[] made =
          curl(
              server,
              "/v2/images",
              "-H",
              "Content-Type: application/json",
              "-d",
              "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}");
      String id = Json.parse(new String(made, StandardCharsets.UTF_8)).path("id").textValue();
      String path = "/v2/images/" + id + "/file";
      curl(server, path, "-T", file.toString(), "-H", "Content-Type: application/octet-stream");
      assertArrayEquals(data, curl(server, path));
      int[][] ranges = {{0, 0}, {1_000_000, 4_000_000}, {3 << 20, (6 << 20) - 1}};
      for (int[] range : ranges) {
        assertArrayEquals(
            Arrays.copyOfRange(data, range[0], range[1] + 1),
            curl(server, path, "-r", range[0] + "-" + range[1]));
      }
      assertArrayEquals(
          Arrays.copyOfRange(data, data.length - 77, data.length), curl(server, path, "-r", "-77"));
      String versions = new String(curl(server, "/versions"), StandardCharsets.UTF_8);
      assertTrue(
          versions.contains("\"https://localhost:" + server.server().port() + "/v2/\""), versions);
    }
  }

  @Test
  void whatIsNotEncryptedIsNotAnswered() throws IOException {
    try (RunningServer server = server().start()) {
      String answer =
          RawRequest.send(
              server, "GET /v2/images HTTP/1.1", "\r\n".getBytes(StandardCharsets.US_ASCII));
      assertFalse(answer.contains("HTTP/1.1 200"), answer);
      assertFalse(answer.contains("images"), answer);
      assertEquals("https", server.server().scheme());
    }
  }

  @Test
  void aCertificateWithoutItsKeyStopsTheStart() throws IOException {
    for (String missing : new String[] {"cert_file", "key_file"}) {
      RunningServer server = server().set("DEFAULT", missing, "");
      var refused = assertThrows(IllegalArgumentException.class, server::start);
      assertTrue(refused.getMessage().contains("[DEFAULT] " + missing), refused.getMessage());
    }
  }
}
