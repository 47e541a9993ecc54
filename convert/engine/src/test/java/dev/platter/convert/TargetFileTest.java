package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.platter.image.Reference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.name.References;
import dev.platter.image.spi.ReferencePolicy;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A target appears under its name only when it is whole, and leaves nothing otherwise. */
class TargetFileTest {
  private static final byte[] NEW = {1, 2, 3};

  @TempDir Path directory;

  @Test
  void aNewFileAppearsWhenPublished() throws IOException {
    Path path = directory.resolve("disk");
    try (TargetFile target = TargetFile.create(path, ReferencePolicy.deny())) {
      target.storage().write(0, MemorySegment.ofArray(NEW));
      assertEquals(List.of(), names());
      target.publish(true);
    }
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertEquals(List.of("disk"), names());
  }

  @Test
  void anAbandonedFileLeavesNothing() throws IOException {
    try (TargetFile target = TargetFile.create(directory.resolve("disk"), References.allow())) {
      target.storage().write(0, MemorySegment.ofArray(NEW));
      target
          .outside(new Reference(Reference.Kind.DATA_FILE, "disk.data", "disk"))
          .write(0, MemorySegment.ofArray(NEW));
    }
    assertEquals(List.of(), names());
  }

  @Test
  void anAbandonedFileKeepsWhatWasThere() throws IOException {
    Path path = Files.write(directory.resolve("disk"), new byte[] {9});
    try (TargetFile target = TargetFile.create(path, ReferencePolicy.deny())) {
      target.storage().write(0, MemorySegment.ofArray(NEW));
    }
    assertArrayEquals(new byte[] {9}, Files.readAllBytes(path));
    assertEquals(List.of("disk"), names());
  }

  @Test
  void anExistingFileIsReplacedWithItsModeKept() throws IOException {
    Path path = Files.write(directory.resolve("disk"), new byte[] {9});
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-rw----"));
    write(path);
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertEquals("rw-rw----", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    assertEquals(List.of("disk"), names());
  }

  @Test
  void extendedAttributesAreKept() throws IOException {
    Path path = Files.write(directory.resolve("disk"), new byte[] {9});
    assumeTrue(Files.getFileStore(path).supportsFileAttributeView("user"), "no attributes here");
    Files.setAttribute(path, "user:label", new byte[] {1, 2});
    Object inode = Files.getAttribute(path, "unix:ino");
    write(path);
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertArrayEquals(new byte[] {1, 2}, (byte[]) Files.getAttribute(path, "user:label"));
    assertNotEquals(inode, Files.getAttribute(path, "unix:ino"));
  }

  @Test
  void aFileWithSeveralNamesIsWrittenUnderAll() throws IOException {
    Path path = Files.write(directory.resolve("disk"), new byte[] {9, 9, 9, 9, 9, 9});
    Path other = Files.createLink(directory.resolve("other"), path);
    write(path);
    assertArrayEquals(NEW, Files.readAllBytes(path));
    assertArrayEquals(NEW, Files.readAllBytes(other));
    assertEquals(List.of("disk", "other"), names());
  }

  /** Whoever gave the descriptor reads what he has open, also if that has no name any more. */
  @ParameterizedTest
  @ValueSource(strings = {"/dev/fd/", "/proc/self/fd/", "link to /dev/fd/"})
  void aFileThatIsNamedByItsDescriptorIsWrittenInPlace(String names) throws IOException {
    for (boolean hasName : new boolean[] {true, false}) {
      Path path = Files.write(directory.resolve("disk"), new byte[] {9, 9, 9, 9, 9, 9});
      try (FileInputStream open = new FileInputStream(path.toFile())) {
        Path descriptor = descriptorOf(path);
        if (!hasName) {
          Files.delete(path);
        }
        String place = names.replace("link to ", "") + descriptor.getFileName();
        Path target =
            names.startsWith("link")
                ? Files.createSymbolicLink(directory.resolve("link" + hasName), Path.of(place))
                : Path.of(place);
        write(target);
        assertArrayEquals(NEW, open.readAllBytes());
        assertEquals(hasName, Files.deleteIfExists(path));
      }
    }
  }

  private static Path descriptorOf(Path path) throws IOException {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        if (Files.exists(descriptor) && Files.isSameFile(descriptor, path)) {
          return descriptor;
        }
      }
    }
    throw new AssertionError("no descriptor of " + path);
  }

  @Test
  void aFileThatIsWrittenInPlaceIsNotTouchedBeforeTheFirstByte() throws IOException {
    Path path = Files.write(directory.resolve("disk"), new byte[] {9});
    Files.createLink(directory.resolve("other"), path);
    try (TargetFile target = TargetFile.create(path, ReferencePolicy.deny())) {
      assertEquals(0, target.storage().size());
      assertTrue(target.storage().readsZeroWhereUnwritten());
    }
    assertArrayEquals(new byte[] {9}, Files.readAllBytes(path));
    try (TargetFile target = TargetFile.create(path, ReferencePolicy.deny())) {
      target.publish(false);
    }
    assertEquals(0, Files.size(path));
  }

  @Test
  void anOutsideFileWithSeveralNamesIsWrittenUnderAll() throws IOException {
    Path data = Files.write(directory.resolve("disk.data"), new byte[] {9, 9});
    Path other = Files.createLink(directory.resolve("other"), data);
    try (TargetFile target =
        TargetFile.create(directory.resolve("disk"), References.within(directory))) {
      target
          .outside(new Reference(Reference.Kind.DATA_FILE, "disk.data", "disk"))
          .write(0, MemorySegment.ofArray(NEW));
      target.publish(false);
    }
    assertArrayEquals(NEW, Files.readAllBytes(other));
  }

  @Test
  void aSymbolicLinkStaysAndItsGoalIsReplaced() throws IOException {
    Path goal = Files.write(directory.resolve("goal"), new byte[] {9});
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("goal"));
    write(link);
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(NEW, Files.readAllBytes(goal));
    assertEquals(List.of("goal", "link"), names());
  }

  @Test
  void outsideFilesAppearWithTheImage() throws IOException {
    Path path = directory.resolve("disk");
    try (TargetFile target = TargetFile.create(path, References.within(directory))) {
      target.storage().write(0, MemorySegment.ofArray(NEW));
      target
          .outside(new Reference(Reference.Kind.DATA_FILE, "disk.data", "disk"))
          .write(0, MemorySegment.ofArray(new byte[] {7}));
      target.publish(false);
    }
    assertArrayEquals(new byte[] {7}, Files.readAllBytes(directory.resolve("disk.data")));
    assertEquals(List.of("disk", "disk.data"), names());
  }

  @Test
  void outsideFilesGoOnlyWhereThePolicyAllows() throws IOException {
    try (TargetFile target =
        TargetFile.create(directory.resolve("disk"), References.within(directory))) {
      assertThrows(
          ReferenceDeniedException.class,
          () ->
              target.outside(new Reference(Reference.Kind.DATA_FILE, "../elsewhere.data", "disk")));
    }
    assertFalse(Files.exists(directory.resolveSibling("elsewhere.data")));
  }

  @Test
  void anOutsideFileCannotBeTheImageItself() throws IOException {
    try (TargetFile target = TargetFile.create(directory.resolve("disk"), References.allow())) {
      assertThrows(
          IOException.class,
          () -> target.outside(new Reference(Reference.Kind.DATA_FILE, "disk", "disk")));
    }
  }

  @Test
  void aPipeGetsTheWholeImageWhenPublished() throws Exception {
    Path fifo = directory.resolve("fifo");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    try (ExecutorService reader = Executors.newSingleThreadExecutor()) {
      Future<byte[]> read = reader.submit(() -> Files.readAllBytes(fifo));
      write(fifo);
      assertArrayEquals(NEW, read.get(10, TimeUnit.SECONDS));
    }
    assertEquals(List.of("fifo"), names());
  }

  private void write(Path path) throws IOException {
    try (TargetFile target = TargetFile.create(path, ReferencePolicy.deny())) {
      target.storage().write(0, MemorySegment.ofArray(NEW));
      target.publish(false);
    }
  }

  private List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
