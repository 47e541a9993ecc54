package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.testdata.ExternalTool;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Digests by their names, held against Python's of the same names. */
class HashAlgorithmTest {
  @Test
  @Tag("interop")
  void eachIsWhatPythonMakesUnderItsName() {
    ExternalTool python = ExternalTool.named("python3");
    String text = "The quick brown fox jumps over the lazy dog";
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      String expected =
          python.mustRun(
              "-c",
              "import hashlib,sys; print(hashlib.new(sys.argv[1], sys.argv[2].encode()).hexdigest())",
              algorithm.apiName(),
              text);
      byte[] digest = algorithm.digest().digest(text.getBytes(StandardCharsets.UTF_8));
      assertEquals(expected.strip(), HexFormat.of().formatHex(digest), algorithm.apiName());
    }
  }

  @Test
  void onlyExactNamesAreNames() {
    assertEquals(Optional.of(HashAlgorithm.SHA3_256), HashAlgorithm.named("sha3_256"));
    for (String wrong : new String[] {"", "SHA512", "sha-512", "shake_128", "crc32"}) {
      assertEquals(Optional.empty(), HashAlgorithm.named(wrong), wrong);
    }
  }
}
