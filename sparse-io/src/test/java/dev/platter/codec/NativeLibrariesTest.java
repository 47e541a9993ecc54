package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class NativeLibrariesTest {
  @TempDir Path directory;

  @BeforeEach
  void layOut() {
    System.setProperty("platter.native.dir", directory.toString());
  }

  @AfterEach
  void forget() {
    System.clearProperty("platter.native.dir");
  }

  @Test
  void libraryLaidOutByTheDistributionIsTakenFromThere() throws IOException {
    assertEquals(Optional.empty(), NativeLibraries.laidOut("deflate"));
    Path library = Files.createFile(directory.resolve(System.mapLibraryName("deflate")));
    assertEquals(Optional.of(library.toAbsolutePath()), NativeLibraries.laidOut("deflate"));
  }

  @Test
  void libraryThatTheSystemCannotLoadIsRefusedSoThatTheJdkTakesOver() throws IOException {
    Files.writeString(directory.resolve(System.mapLibraryName("deflate")), "not a library");
    assertThrows(IllegalArgumentException.class, () -> NativeLibraries.load("deflate"));
  }

  @Test
  void unpackedLibraryLeavesNoFileBehind() throws IOException {
    List<Path> before = unpacked();
    assertTrue(NativeLibraries.load("deflate").find("libdeflate_adler32").isPresent());
    List<Path> left = new ArrayList<>(unpacked());
    left.removeAll(before);
    long deadline =
        System.nanoTime() + 5_000_000_000L; // another process may be unpacking right now
    while (left.stream().anyMatch(Files::exists) && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertTrue(left.stream().noneMatch(Files::exists), left.toString());
  }

  @Test
  void libraryThatNobodyShipsIsAnError() {
    assertThrows(IOException.class, () -> NativeLibraries.load("no-such-library"));
  }

  private static List<Path> unpacked() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(NativeLibraries.UNPACKED_PREFIX))
          .sorted()
          .toList();
    }
  }
}
