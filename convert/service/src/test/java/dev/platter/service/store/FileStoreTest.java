package dev.platter.service.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.service.store.StoreException.Kind;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A directory that keeps images. */
class FileStoreTest {
  @TempDir Path directory;

  private FileStore store() {
    return FileStore.in("file", "", directory);
  }

  private static StoredImage put(Store store, String id, byte[] bytes) throws IOException {
    try (StoreWriter writer = store.begin(id, OptionalLong.of(bytes.length))) {
      writer.storage().write(0, MemorySegment.ofArray(bytes));
      return writer.commit();
    }
  }

  private List<String> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static void assertKind(Kind kind, org.junit.jupiter.api.function.Executable action) {
    assertEquals(kind, assertThrows(StoreException.class, action).kind());
  }

  @Test
  void keepsWhatIsCommitted() throws IOException {
    StoredImage stored = put(store(), "image", new byte[] {1, 2, 3});
    assertEquals(directory.resolve("image").toUri().toString(), stored.location());
    assertEquals(3, stored.size());
    assertTrue(store().exists(stored.location()));
    try (Storage image = store().open(stored.location())) {
      byte[] bytes = new byte[3];
      image.readFully(0, MemorySegment.ofArray(bytes));
      assertArrayEquals(new byte[] {1, 2, 3}, bytes);
    }
    assertTrue(store().delete(stored.location()));
    assertFalse(store().delete(stored.location()));
    assertKind(Kind.NOT_FOUND, () -> store().open(stored.location()));
  }

  @Test
  void showsNothingBeforeAndKeepsNothingAfterAnAbort() throws IOException {
    try (StoreWriter writer = store().begin("image", OptionalLong.empty())) {
      writer.storage().write(0, MemorySegment.ofArray(new byte[100]));
      assertFalse(store().exists(directory.resolve("image").toUri().toString()));
    }
    assertEquals(List.of(), files());
  }

  @Test
  void neverReplacesAnImage() throws IOException {
    try (StoreWriter late = store().begin("image", OptionalLong.empty())) {
      late.storage().write(0, MemorySegment.ofArray(new byte[] {9}));
      put(store(), "image", new byte[] {1, 2, 3});
      assertKind(Kind.DUPLICATE, late::commit);
    }
    assertKind(Kind.DUPLICATE, () -> store().begin("image", OptionalLong.empty()));
    assertEquals(3, Files.size(directory.resolve("image")));
    assertEquals(List.of("image"), files());
  }

  @Test
  void refusesWhatCannotFit() {
    assertKind(Kind.FULL, () -> store().begin("image", OptionalLong.of(Long.MAX_VALUE)));
  }

  @Test
  void noticesThatItsDirectoryIsNotThere() throws IOException {
    FileStore away = FileStore.in("file", "", directory.resolve("mount"));
    assertKind(Kind.UNAVAILABLE, () -> away.begin("image", OptionalLong.empty()));
    assertKind(Kind.UNAVAILABLE, away::freeBytes);
    Path mount = Files.createDirectory(directory.resolve("mount"));
    FileStore marked = away.requireMarker(".store");
    assertKind(Kind.UNAVAILABLE, () -> marked.begin("image", OptionalLong.empty()));
    Files.createFile(mount.resolve(".store"));
    put(marked, "image", new byte[1]);
    try (StoreWriter writer = marked.begin("other", OptionalLong.empty())) {
      Files.delete(mount.resolve(".store"));
      assertKind(Kind.UNAVAILABLE, writer::commit);
    }
    assertFalse(Files.exists(mount.resolve("other")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"../etc", "a/b", "", ".hidden", "a\0b", "..", "\u00e9"})
  void takesNoNameThatLeavesItsDirectory(String id) {
    assertThrows(IllegalArgumentException.class, () -> store().begin(id, OptionalLong.empty()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"file:///etc/passwd", "http://x/y", "image", "file:///", "a b"})
  void opensOnlyItsOwnLocations(String location) {
    assertKind(Kind.NOT_FOUND, () -> store().open(location));
    assertKind(Kind.NOT_FOUND, () -> store().delete(location));
    String beside = directory.resolve("../secret").toUri().toString();
    assertKind(Kind.NOT_FOUND, () -> store().open(beside));
  }
}
