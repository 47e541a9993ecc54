package dev.platter.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.platter.service.HashAlgorithm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Digests of images by another algorithm than the usual one. */
class HashingAlgorithmTest {
  private static final String RAW = "{\"disk_format\":\"raw\",\"container_format\":\"bare\"}";
  private static final byte[] DATA = "some bytes".repeat(1000).getBytes(StandardCharsets.US_ASCII);

  @TempDir Path directory;

  private RunningServer server(HashAlgorithm algorithm) throws IOException {
    return new RunningServer(directory)
        .set("DEFAULT", "hashing_algorithm", algorithm.apiName())
        .set("DEFAULT", "enabled_backends", "fast:file, slow:file, web:http")
        .start();
  }

  private static void checkHash(HashAlgorithm algorithm, JsonNode image) {
    assertEquals("active", image.path("status").textValue(), image::toString);
    assertEquals(algorithm.apiName(), image.path("os_hash_algo").textValue());
    assertEquals(
        HexFormat.of().formatHex(algorithm.digest().digest(DATA)),
        image.path("os_hash_value").textValue());
    assertEquals(
        HexFormat.of().formatHex(HashAlgorithm.MD5.digest().digest(DATA)),
        image.path("checksum").textValue());
  }

  @Test
  void uploadsImportsAndPlacesHaveTheDigestThatIsSet() throws IOException {
    try (RunningServer server = server(HashAlgorithm.BLAKE2B);
        WebFiles web = new WebFiles()) {
      String uploaded = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + uploaded + "/file", DATA);
      checkHash(HashAlgorithm.BLAKE2B, server.image(uploaded));

      String imported = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + imported + "/stage", DATA);
      String method = "{\"method\":{\"name\":\"glance-direct\"},\"all_stores\":true}";
      assertEquals(202, server.ask("POST", "/v2/images/" + imported + "/import", method).status());
      checkHash(HashAlgorithm.BLAKE2B, server.settled(imported));

      String placed = server.create(RunningServer.ADMIN, RAW);
      String place = "{\"url\":\"" + web.put("disk", DATA) + "\"}";
      assertEquals(202, server.ask("POST", "/v2/images/" + placed + "/locations", place).status());
      checkHash(HashAlgorithm.BLAKE2B, server.settled(placed));
    }
  }

  @Test
  void anImageIsCopiedByTheAlgorithmOfItsRecordWhateverIsSetSince() throws IOException {
    String id;
    try (RunningServer server = server(HashAlgorithm.MD5)) {
      id = server.create(RunningServer.ADMIN, RAW);
      server.ask("PUT", "/v2/images/" + id + "/file", DATA);
      checkHash(HashAlgorithm.MD5, server.image(id));
    }
    try (RunningServer server = server(HashAlgorithm.SHA3_512)) {
      String copy = "{\"method\":{\"name\":\"copy-image\"},\"stores\":[\"slow\"]}";
      assertEquals(202, server.ask("POST", "/v2/images/" + id + "/import", copy).status());
      JsonNode image = server.settled(id);
      checkHash(HashAlgorithm.MD5, image);
      assertEquals("fast,slow", image.path("stores").textValue());
    }
  }

  @Test
  void anAlgorithmThatIsNotThereStopsTheStart() throws IOException {
    for (String wrong : new String[] {"shake_128", "SHA512", "crc32"}) {
      try (RunningServer server =
          new RunningServer(directory).set("DEFAULT", "hashing_algorithm", wrong)) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, server::start);
        assertTrue(refused.getMessage().contains("hashing_algorithm"), refused.getMessage());
        assertTrue(refused.getMessage().contains("sha3_256"), refused.getMessage());
      }
    }
  }
}
