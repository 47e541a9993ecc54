package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Run;
import dev.platter.storage.SystemException;
import dev.platter.storage.Table;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What files do beyond the contract, with native calls and without. */
@ParameterizedClass(name = "{0}")
@ValueSource(strings = {"native", "java"})
class FileStorageBehaviourTest {
  @Parameter String calls;
  @TempDir Path directory;

  @BeforeEach
  void choose() {
    System.setProperty("platter.storage", calls);
  }

  @AfterEach
  void chooseNoLonger() {
    System.clearProperty("platter.storage");
  }

  private boolean isNative() {
    return calls.equals("native");
  }

  private static MemorySegment bytes(String text) {
    return MemorySegment.ofArray(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void namesTheFileAndGivesTheSystemsWords() throws IOException {
    Path missing = directory.resolve("missing");
    var absent = assertThrows(SystemException.class, () -> FileStorage.openForReading(missing));
    assertEquals("No such file or directory", absent.reason());
    assertEquals(2, absent.errno());
    assertEquals(missing + ": cannot open: No such file or directory", absent.getMessage());

    var folder = assertThrows(SystemException.class, () -> FileStorage.openForReading(directory));
    assertEquals("Is a directory", folder.reason());

    Path existing = Files.createFile(directory.resolve("existing"));
    var taken = assertThrows(SystemException.class, () -> FileStorage.create(existing));
    assertEquals("File exists", taken.reason());

    Path below = existing.resolve("below");
    var noFolder = assertThrows(SystemException.class, () -> FileStorage.openForReading(below));
    assertEquals("Not a directory", noFolder.reason());
  }

  @Test
  void saysPermissionDenied() throws IOException {
    Path secret = Files.createFile(directory.resolve("secret"));
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("---------"));
    Assumptions.assumeFalse(Files.isReadable(secret), "this user may read everything");
    var denied = assertThrows(SystemException.class, () -> FileStorage.openForReading(secret));
    assertEquals("Permission denied", denied.reason());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void saysNoSpaceLeftOnDevice() throws IOException {
    try (FileStorage full = FileStorage.openForWriting(Path.of("/dev/full"))) {
      var error = assertThrows(SystemException.class, () -> full.write(0x200, bytes("x")));
      assertEquals("No space left on device", error.reason());
      assertEquals(28, error.errno());
      assertTrue(
          error.getMessage().startsWith("/dev/full: cannot write 1 bytes at 0x200"),
          error.getMessage());
    }
  }

  @Test
  void aFileOpenedForReadingIsNotWritten() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "abc");
    try (FileStorage storage = FileStorage.openForReading(file)) {
      assertThrows(IOException.class, () -> storage.write(0, bytes("x")));
      assertThrows(IOException.class, () -> storage.truncate(0));
      assertThrows(IOException.class, () -> storage.zero(0, 3));
      assertThrows(IOException.class, () -> storage.allocate(0, 9));
    }
    assertEquals("abc", Files.readString(file));
  }

  @Test
  void openingForWritingKeepsTheContent() throws IOException {
    Path file = Files.writeString(directory.resolve("file"), "abcdef");
    try (FileStorage storage = FileStorage.openForWriting(file)) {
      storage.write(2, bytes("XY"));
    }
    assertEquals("abXYef", Files.readString(file));
  }

  @Test
  void anUnnamedFileLeavesNothingBehind() throws IOException {
    try (FileStorage storage = FileStorage.createUnnamed(directory, "new")) {
      storage.write(0, bytes("abc"));
      if (isNative()) {
        assertEquals(List.of(), names());
      }
    }
    assertEquals(List.of(), names());
  }

  @Test
  void anUnnamedFileAppearsWhole() throws IOException {
    Path target = directory.resolve("target");
    try (FileStorage storage = FileStorage.createUnnamed(directory, "target")) {
      storage.write(0, bytes("abc"));
      storage.linkTo(target);
      assertEquals("abc", Files.readString(target));
      assertThrows(IllegalStateException.class, () -> storage.linkTo(directory.resolve("twice")));
    }
    assertEquals(List.of("target"), names());
  }

  @Test
  void replacingKeepsTheLinkTheModeAndWhoeverHasTheOldFileOpen() throws IOException {
    Path goal = Files.writeString(directory.resolve("goal"), "old");
    Files.setPosixFilePermissions(goal, PosixFilePermissions.fromString("rw-r-----"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("goal"));
    try (FileStorage old = FileStorage.openForReading(goal);
        FileStorage storage = FileStorage.createUnnamed(directory, "new")) {
      storage.write(0, bytes("new"));
      storage.linkTo(link);
      byte[] content = new byte[3];
      old.readFully(0, MemorySegment.ofArray(content));
      assertEquals("old", new String(content, StandardCharsets.UTF_8));
    }
    assertEquals(List.of("goal", "link"), names());
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(goal));
    assertEquals("rw-r-----", PosixFilePermissions.toString(Files.getPosixFilePermissions(goal)));
  }

  @Test
  void aLinkToNothingGetsItsGoal() throws IOException {
    Path below = Files.createDirectory(directory.resolve("below"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("below/goal"));
    try (FileStorage storage = FileStorage.createUnnamed(directory, "new")) {
      storage.write(0, bytes("new"));
      storage.linkTo(link);
    }
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(below.resolve("goal")));
    assertEquals(List.of("below", "link"), names());
    Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
    try (FileStorage storage = FileStorage.createUnnamed(directory, "new")) {
      var error = assertThrows(SystemException.class, () -> storage.linkTo(circle));
      assertEquals("Too many levels of symbolic links", error.reason());
    }
  }

  @Test
  void theEmptyPathIsTheCurrentDirectory() throws IOException {
    FileStorage.createUnnamed(Path.of(""), "new").close();
  }

  @Test
  void failingToReplaceLeavesNoScraps() throws IOException {
    Path target = Files.createDirectory(directory.resolve("target"));
    Files.createFile(target.resolve("inside"));
    try (FileStorage storage = FileStorage.createUnnamed(directory, "new")) {
      assertThrows(IOException.class, () -> storage.linkTo(target));
    }
    assertEquals(List.of("target"), names());
  }

  @Test
  void knowsTheSameFileUnderAnotherName() throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Path other = Files.createFile(directory.resolve("other"));
    Path link = Files.createLink(directory.resolve("link"), file);
    try (FileStorage a = FileStorage.openForReading(file);
        FileStorage b = FileStorage.openForReading(link);
        FileStorage c = FileStorage.openForReading(other)) {
      assertTrue(a.isSameFile(b));
      assertFalse(a.isSameFile(c));
      assertTrue(a.isRegularFile());
      assertFalse(a.isBlockDevice());
    }
  }

  @Test
  void aTableOfAFileThatShrinksEndsInAnException() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[1 << 20]);
    try (FileStorage reader = FileStorage.openForReading(file);
        FileStorage writer = FileStorage.openForWriting(file)) {
      Table table = reader.table(0, 1 << 20);
      assertEquals(0, table.longAt(0, ByteOrder.BIG_ENDIAN));
      writer.truncate(100_000);
      assertEquals(0, table.longAt(65_528, ByteOrder.BIG_ENDIAN));
      assertThrows(EOFException.class, () -> table.longAt(100_000, ByteOrder.BIG_ENDIAN));
      assertThrows(EOFException.class, () -> table.longAt(900_000, ByteOrder.BIG_ENDIAN));
    }
  }

  @Test
  void aFileThatShrinksWhileItIsReadIsAnErrorAndNoEnd() throws IOException {
    Path file = Files.write(directory.resolve("file"), new byte[1 << 20]);
    try (FileStorage reader = FileStorage.openForReading(file);
        FileStorage writer = FileStorage.openForWriting(file)) {
      MemorySegment target = MemorySegment.ofArray(new byte[4096]);
      assertEquals(0, reader.read(1 << 20, target));
      writer.truncate(100_000);
      assertEquals(4096, reader.read(50_000, target));
      for (long offset : new long[] {99_000, 100_000, (1 << 20) - 1}) {
        EOFException thrown = assertThrows(EOFException.class, () -> reader.read(offset, target));
        assertTrue(thrown.getMessage().contains("ends at 0x186a0"), thrown.getMessage());
      }
      assertThrows(EOFException.class, () -> reader.runAt(200_000, 1 << 20));
      assertThrows(EOFException.class, reader::size);
      // Whoever writes may make it shorter himself.
      assertEquals(0, writer.read(200_000, target));
      writer.truncate(1 << 20);
      assertEquals(1 << 20, reader.size());
    }
  }

  @Test
  void aPrivateFileIsForItsOwnerAlone() throws IOException {
    Path path = directory.resolve("private");
    try (FileStorage file = FileStorage.create(path, FileOption.PRIVATE);
        FileStorage unnamed = FileStorage.createUnnamed(directory, "file", FileOption.PRIVATE)) {
      file.truncate(1);
      unnamed.linkToNew(directory.resolve("named"));
    }
    for (String name : new String[] {"private", "named"}) {
      assertEquals(
          "rw-------",
          PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.resolve(name))));
    }
  }

  @Test
  void copiesInsideTheSystem() throws IOException {
    Assumptions.assumeTrue(isNative(), "plain Java copies nothing inside the system");
    byte[] content = new byte[300_001];
    Arrays.fill(content, (byte) 7);
    Path file = Files.write(directory.resolve("source"), content);
    try (FileStorage source = FileStorage.openForReading(file);
        FileStorage target = FileStorage.create(directory.resolve("target"))) {
      assertEquals(300_001, target.copyFrom(source, 0, 5000, 400_000));
      assertEquals(305_001, target.size());
    }
    byte[] expected = new byte[305_001];
    Arrays.fill(expected, 5000, 305_001, (byte) 7);
    assertArrayEquals(expected, Files.readAllBytes(directory.resolve("target")));
  }

  @Test
  void directAccessTakesAlignedAndUnalignedRangesAndMemory() throws IOException {
    Path file = directory.resolve("direct");
    byte[] content = new byte[3 * 4096 + 77];
    for (int i = 0; i < content.length; i++) {
      content[i] = (byte) (i * 31);
    }
    FileStorage created;
    try {
      created = FileStorage.create(file, FileOption.DIRECT);
    } catch (SystemException e) {
      Assumptions.assumeFalse(e.errno() == 22, "no direct I/O on " + directory);
      throw e;
    }
    try (FileStorage storage = created;
        Arena arena = Arena.ofConfined()) {
      assertEquals(isNative() ? 4096 : 1, storage.alignment());
      MemorySegment memory = arena.allocate(content.length + 1, 4096);
      MemorySegment odd = memory.asSlice(1, content.length);
      odd.copyFrom(MemorySegment.ofArray(content));
      storage.write(0, odd.asSlice(0, 4096)); // memory unaligned
      storage.write(4096, odd.asSlice(4096, 4096 + 100)); // length unaligned
      storage.write(8292, odd.asSlice(8292)); // all unaligned
      odd.fill((byte) 0);
      storage.readFully(0, memory.asSlice(0, 4096));
      assertEquals(content[4095], memory.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 4095));
      storage.readFully(0, odd);
      assertEquals(-1, odd.mismatch(MemorySegment.ofArray(content)));
      assertEquals(content.length, storage.size());
    }
    assertArrayEquals(content, Files.readAllBytes(file));
  }

  @Test
  void holesOfAFileMadeElsewhereAreSeen() throws IOException {
    Assumptions.assumeTrue(isNative(), "plain Java knows no holes");
    Path file = directory.resolve("sparse");
    ExternalTool.named("truncate").mustRun("-s", "5G", file);
    try (FileStorage storage = FileStorage.openForReading(file)) {
      assertEquals(new Run(1, (5L << 30) - 1, true), storage.runAt(1, Long.MAX_VALUE));
      assertTrue(storage.allocatedSize() < 65_536);
    }
  }
}
