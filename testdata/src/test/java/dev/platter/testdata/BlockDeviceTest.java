package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Block devices, on a loop device; only root may make one, others skip this. */
class BlockDeviceTest {
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;
  private Path device;

  @BeforeEach
  void attach() throws IOException {
    Assumptions.assumeTrue(ExternalTool.isPresent("losetup"), "no losetup on the PATH");
    Path file = directory.resolve("medium");
    try (RandomAccessFile medium = new RandomAccessFile(file.toFile(), "rw")) {
      medium.setLength(SIZE);
    }
    var attached = ExternalTool.named("losetup").run("--find", "--show", file);
    Assumptions.assumeTrue(attached.exitCode() == 0, "no loop device: " + attached.stderr());
    device = Path.of(attached.stdout().strip());
  }

  @AfterEach
  void detach() {
    if (device != null) {
      ExternalTool.named("losetup").mustRun("--detach", device);
    }
  }

  @Test
  void isZeroedAtAnyOffsetAndKeepsTheRest() throws IOException {
    for (FileOption[] options : List.of(new FileOption[0], new FileOption[] {FileOption.DIRECT})) {
      try (FileStorage storage = FileStorage.openForWriting(device, options)) {
        byte[] expected = new byte[SIZE];
        Arrays.fill(expected, (byte) 5);
        storage.write(0, MemorySegment.ofArray(expected));
        storage.zero(1000, 5_000_777);
        Arrays.fill(expected, 1000, 5_001_777, (byte) 0);
        storage.zero(6_000_001, 3);
        Arrays.fill(expected, 6_000_001, 6_000_004, (byte) 0);
        byte[] content = new byte[SIZE];
        storage.readFully(0, MemorySegment.ofArray(content));
        assertEquals(-1, Arrays.mismatch(expected, content));
      }
    }
  }

  @Test
  void hasItsSizeAndNoMore() throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(device)) {
      assertTrue(storage.isBlockDevice());
      assertFalse(storage.isRegularFile());
      assertFalse(storage.readsZeroWhereUnwritten());
      assertEquals(SIZE, storage.size());
      storage.truncate(100);
      assertEquals(SIZE, storage.size());
      MemorySegment two = MemorySegment.ofArray(new byte[2]);
      for (var refused :
          List.of(
              assertThrows(SystemException.class, () -> storage.write(SIZE - 1, two)),
              assertThrows(SystemException.class, () -> storage.zero(SIZE - 10, 20)),
              assertThrows(SystemException.class, () -> storage.allocate(0, SIZE + 1)),
              assertThrows(SystemException.class, () -> storage.truncate(SIZE + 1)))) {
        assertEquals("No space left on device", refused.reason());
      }
    }
  }
}
