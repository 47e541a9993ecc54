package dev.platter.parallels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.image.DiskImage;
import dev.platter.storage.FileStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The golden images of {@code testdata/golden/parallels}, which qemu-img reads as told there. */
class ParallelsGoldenTest {
  private static final Path DIRECTORY = Path.of("..", "testdata", "golden", "parallels");

  static Stream<String> images() throws IOException {
    return Files.readAllLines(DIRECTORY.resolve("SHA256SUMS")).stream();
  }

  @ParameterizedTest
  @MethodSource("images")
  void theGuestSeesWhatQemuImgSees(String line) throws IOException, NoSuchAlgorithmException {
    String[] words = line.split(" +");
    try (FileStorage storage = FileStorage.openForReading(DIRECTORY.resolve(words[1]));
        DiskImage image = HandMade.open(storage)) {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(HandMade.content(image.map()));
      assertEquals(words[0], HexFormat.of().formatHex(digest));
      assertEquals(List.of(), image.check().orElseThrow().messages());
    }
  }
}
