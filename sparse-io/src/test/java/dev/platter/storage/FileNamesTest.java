package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FileNamesTest {
  @TempDir Path scratch;

  @Test
  void anyBytesComeBack() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = new byte[random.nextInt(12)];
      random.nextBytes(bytes);
      assertArrayEquals(bytes, FileNames.bytes(FileNames.text(bytes)));
    }
  }

  @Test
  void oddBytesAreLoneSurrogatesAndCharactersAreThemselves() {
    byte[] bytes = {
      'a', (byte) 0xff, (byte) 0xc3, (byte) 0xbc, (byte) 0xc3, (byte) 0xe2, (byte) 0x82
    };
    assertEquals("a\uDCFF\u00fc\uDCC3\uDCE2\uDC82", FileNames.text(bytes));
    byte[] astral = "\uD83D\uDE00\uFFFD".getBytes(StandardCharsets.UTF_8);
    assertEquals("\uD83D\uDE00\uFFFD", FileNames.text(astral));
    assertThrows(IllegalArgumentException.class, () -> FileNames.bytes("a\uD83D"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\uDCFF",
        "./a\uDCFF/../b",
        "../\uDCFC",
        "/x//\uDCFF/y/",
        "\u00fc",
        "a b%20\uDCFFc",
        "\uDCFF:?#[]@;+"
      })
  void aPathOfOddBytesIsAPathLikeOthers(String text) {
    Path path = FileNames.path(text);
    String asText = FileNames.text(path);
    // Paths leave out slashes that say nothing.
    assertEquals(text.replace("//", "/").replaceAll("(.)/$", "$1"), asText);
    assertEquals(text.startsWith("/"), path.isAbsolute());
    assertEquals(path, FileNames.path(asText));
    assertEquals(
        "/d/" + asText.replaceAll("^/", ""), "/d/" + FileNames.text(path).replaceAll("^/", ""));
    assertArrayEquals(FileNames.bytes(asText), FileNames.bytes(path));
  }

  @Test
  void whatNoFileCanBeCalledIsRefused() {
    assertThrows(InvalidPathException.class, () -> FileNames.path("a\uDCFF\0"));
    assertThrows(InvalidPathException.class, () -> FileNames.path("a\uD83D"));
  }

  @Test
  void aFileHasTheNameThatWasMeant() throws IOException {
    Path path = scratch.resolve(FileNames.path("x\uDCFF\u00fc"));
    try (FileStorage file = FileStorage.create(path)) {
      file.write(0, MemorySegment.ofArray(new byte[] {1}));
      assertTrue(file.name().endsWith("/x\uDCFF\u00fc"), file.name());
    }
    Path linked = scratch.resolve(FileNames.path("\uDCFE"));
    try (FileStorage file = FileStorage.createUnnamed(scratch, "new")) {
      file.linkTo(linked);
    }
    assertTrue(Files.exists(path));
    try (DirectoryStream<Path> files = Files.newDirectoryStream(scratch)) {
      for (Path file : files) {
        assertTrue(file.equals(path) || file.equals(linked), file::toString);
      }
    }
  }
}
