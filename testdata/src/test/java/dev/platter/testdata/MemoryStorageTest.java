package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MemoryStorageTest extends StorageContract {
  @Override
  protected WritableStorage create() {
    return new MemoryStorage("memory");
  }

  @Test
  void holdsACopyOfTheBytesItWasMadeFrom() throws IOException {
    byte[] bytes = {1, 2, 3};
    try (MemoryStorage storage = MemoryStorage.of("three", bytes)) {
      bytes[0] = 9;
      assertArrayEquals(new byte[] {1, 2, 3}, storage.toByteArray());
    }
  }

  @Test
  void aHugeAndEmptyOneCostsNothing() throws IOException {
    long size = 1L << 62;
    try (MemoryStorage storage = new MemoryStorage("huge")) {
      storage.truncate(size);
      storage.write(size - 1, MemorySegment.ofArray(new byte[] {1}));
      assertEquals(new Run(0, size - 4096, true), storage.runAt(0, Long.MAX_VALUE));
      assertEquals(4096, storage.allocatedSize());
    }
  }
}
