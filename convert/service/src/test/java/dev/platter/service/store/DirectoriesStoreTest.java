package dev.platter.service.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.service.store.DirectoriesStore.Place;
import dev.platter.service.store.StoreException.Kind;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store of several directories, and what tells that one is not mounted. */
class DirectoriesStoreTest {
  private static final String MARKER = ".mounted";

  @TempDir Path directory;
  private Path low;
  private Path high;
  private DirectoriesStore store;

  @BeforeEach
  void setUp() throws IOException {
    low = Files.createDirectory(directory.resolve("low"));
    high = Files.createDirectory(directory.resolve("high"));
    Files.createFile(low.resolve(MARKER));
    Files.createFile(high.resolve(MARKER));
    store = new DirectoriesStore(List.of(place(low, -1), place(high, 7)));
  }

  private static Place place(Path path, int priority) {
    return new Place(FileStore.in("file", "", path).requireMarker(MARKER), priority);
  }

  private StoredImage put(String id, OptionalLong expected) throws IOException {
    try (StoreWriter writer = store.begin(id, expected)) {
      writer.storage().write(0, MemorySegment.ofArray(new byte[] {1, 2, 3}));
      return writer.commit();
    }
  }

  private StoredImage put(String id) throws IOException {
    return put(id, OptionalLong.of(3));
  }

  private static void assertKind(Kind kind, org.junit.jupiter.api.function.Executable action) {
    assertEquals(kind, assertThrows(StoreException.class, action).kind());
  }

  @Test
  void imagesGoWhereThePriorityIsHighest() throws IOException {
    StoredImage stored = put("image");
    assertEquals(high.resolve("image").toUri().toString(), stored.location());
    assertEquals(stored.location(), store.locationOf("image"));
    try (Storage image = store.open(stored.location())) {
      assertEquals(3, image.size());
    }
    assertTrue(store.holdsImages());
    assertTrue(store.delete(stored.location()));
    assertFalse(store.exists(stored.location()));
    assertFalse(store.holdsImages());
  }

  @Test
  void whereOneIsNotMountedTheNextIsUsedAndNothingIsWrittenTheBarePlace() throws IOException {
    String before = put("before").location();
    Files.delete(high.resolve(MARKER));
    assertEquals(low.resolve("image").toUri().toString(), put("image").location());
    assertEquals(Optional.empty(), store.writesRefused());
    assertFalse(Files.exists(high.resolve("image")));
    assertKind(Kind.UNAVAILABLE, () -> store.exists(before));
    assertKind(Kind.UNAVAILABLE, () -> store.delete(before));
    Files.delete(low.resolve(MARKER));
    assertKind(Kind.UNAVAILABLE, () -> put("nowhere"));
    String refusal = store.writesRefused().orElseThrow();
    assertTrue(refusal.contains(low.toString()) && refusal.contains(high.toString()), refusal);
    Files.createFile(high.resolve(MARKER));
    assertTrue(store.exists(before));
    assertEquals(high.resolve("again").toUri().toString(), put("again").location());
  }

  @Test
  void anImageIsInOneOfThemOnly() throws IOException {
    Files.delete(high.resolve(MARKER));
    String location = put("image").location();
    Files.createFile(high.resolve(MARKER));
    assertKind(Kind.DUPLICATE, () -> put("image"));
    assertEquals(location, store.locationOf("image"));
  }

  @Test
  void whatFitsNowhereIsRefused() {
    assertKind(Kind.FULL, () -> put("image", OptionalLong.of(Long.MAX_VALUE)));
    assertKind(Kind.NOT_FOUND, () -> store.open("file:///etc/passwd"));
    assertKind(Kind.NOT_FOUND, () -> store.delete(directory.resolve("x").toUri().toString()));
  }

  @Test
  void withoutHolesAnImageTakesAllOfItsSize() throws IOException {
    for (boolean thin : new boolean[] {true, false}) {
      FileStore each = FileStore.in("file", "", low).thin(thin);
      assertEquals(thin, each.sparse());
      try (StoreWriter writer = each.begin("image", OptionalLong.empty())) {
        writer.storage().truncate(1 << 20);
        String location = writer.commit().location();
        try (Storage image = each.open(location)) {
          assertEquals(thin ? 0 : 1 << 20, image.allocatedSize());
        }
        each.delete(location);
      }
    }
  }

  @Test
  void aFileSystemThatIsNoLongerMountedIsNoticed() {
    Path mount = Path.of("/srv/nfs");
    Map<Path, Long> devices = new HashMap<>();
    for (Path each = mount.resolve("images/glance"); each != null; each = each.getParent()) {
      devices.put(each, each.startsWith(mount) ? 9L : 1L);
    }
    MountPoint.Devices table =
        path ->
            devices.containsKey(path) ? OptionalLong.of(devices.get(path)) : OptionalLong.empty();
    MountPoint point = new MountPoint(mount.resolve("images/glance"), table);
    assertFalse(point.isGone());
    devices.replaceAll((path, device) -> path.startsWith(mount) ? 12L : device); // mounted anew
    assertFalse(point.isGone());
    devices.replaceAll((path, device) -> 1L);
    assertTrue(point.isGone());

    MountPoint bare = new MountPoint(mount.resolve("images/glance"), table);
    assertFalse(bare.isGone()); // it is not known to be one
    devices.replaceAll((path, device) -> path.startsWith(mount) ? 9L : device);
    assertFalse(bare.isGone());
    devices.replaceAll((path, device) -> 1L);
    assertTrue(bare.isGone());
  }
}
