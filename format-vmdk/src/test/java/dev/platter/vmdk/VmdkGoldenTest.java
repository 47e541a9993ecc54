package dev.platter.vmdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestReader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden images of {@code testdata/golden/vmdk}, which qemu-img reads as told there. */
class VmdkGoldenTest {
  private static final Path DIRECTORY = Path.of("..", "testdata", "golden", "vmdk");

  static Stream<String> images() throws IOException {
    return Files.readAllLines(DIRECTORY.resolve("SHA256SUMS")).stream();
  }

  @ParameterizedTest
  @MethodSource("images")
  void theGuestSeesWhatQemuImgSees(String line) throws IOException, NoSuchAlgorithmException {
    String[] words = line.split(" +");
    try (ImageChain chain = VmdkInteropReadTest.open(DIRECTORY.resolve(words[1]));
        GuestReader reader = new GuestReader()) {
      byte[] bytes = new byte[(int) chain.map().size()];
      reader.read(chain.map(), 0, MemorySegment.ofArray(bytes));
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      assertEquals(words[0], HexFormat.of().formatHex(digest));
    }
  }
}
