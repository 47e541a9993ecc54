package dev.platter;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.cipher.Secret;
import dev.platter.image.IllegalOptionException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EncryptedDisksTest {
  private static final String PHRASE = "hunter2 and more";

  @TempDir Path directory;
  private final List<Secret> given = new ArrayList<>();

  private Secret secret(String phrase) {
    Secret secret = Secret.taking(phrase.getBytes(StandardCharsets.UTF_8));
    given.add(secret);
    return secret;
  }

  @ParameterizedTest
  @CsvSource({
    "luks, iter-time, 1",
    "qcow2, encrypt.format, aes",
  })
  void encryptedDisksAreMadeReadWrittenAndResizedWithAPassphrase(
      String format, String key, String value) throws IOException {
    byte[] content = new byte[1 << 20];
    new Random(1).nextBytes(content);
    Path raw = Files.write(directory.resolve("raw"), content);
    Path image = directory.resolve("image");
    Platter.convert(Platter.disk(raw).format("raw"))
        .to(image)
        .format(format)
        .option(key, value)
        .passphrase(() -> secret(PHRASE))
        .run();
    DiskSource source = Platter.disk(image).passphrase(() -> secret(PHRASE));
    try (WritableDisk disk = source.openWritable()) {
      disk.write(1000, "hello".getBytes(StandardCharsets.UTF_8));
      disk.flush();
    }
    System.arraycopy("hello".getBytes(StandardCharsets.UTF_8), 0, content, 1000, 5);
    source.grow(2 << 20);
    try (Disk disk = source.open();
        var bytes = disk.inputStream()) {
      assertEquals(2 << 20, disk.size());
      assertArrayEquals(content, Arrays.copyOf(bytes.readAllBytes(), 1 << 20));
    }
    Inspection described = Platter.inspect(image);
    assertEquals(format, described.format());
    assertTrue(described.remarks().toString().contains("encrypted"), described::toString);
    for (Secret each : given) {
      assertThrows(IllegalStateException.class, each::toArray, "it is overwritten after use");
    }
    if (format.equals("luks")) {
      IllegalOptionException wrong =
          assertThrows(
              IllegalOptionException.class,
              () -> Platter.disk(image).passphrase(() -> secret("another")).open());
      assertTrue(wrong.getMessage().contains("Invalid password"), wrong::getMessage);
      assertFalse(wrong.getMessage().contains("another"), wrong::getMessage);
    }
    IllegalOptionException none =
        assertThrows(IllegalOptionException.class, () -> Platter.disk(image).open());
    assertTrue(none.getMessage().contains("key-secret"), none::getMessage);
  }
}
