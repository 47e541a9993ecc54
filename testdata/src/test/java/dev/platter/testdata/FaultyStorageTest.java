package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SystemException;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** Short transfers must not show: the contract holds over them too. */
class FaultyStorageTest extends StorageContract {
  private final MemoryStorage memory = new MemoryStorage("memory");
  private final FaultyStorage storage = new FaultyStorage(memory);

  @Override
  protected WritableStorage create() {
    return new FaultyStorage(new MemoryStorage("memory")).transferringAtMost(1021);
  }

  private static MemorySegment bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return MemorySegment.ofArray(bytes);
  }

  @Test
  void failsTheReadThatItWasToldTo() throws IOException {
    storage.failingRead(2);
    storage.write(0, bytes(1, 2));
    storage.readFully(0, bytes(0));
    var error = assertThrows(SystemException.class, () -> storage.readFully(0, bytes(0)));
    assertEquals("Input/output error", error.reason());
    storage.readFully(0, bytes(0));
    assertEquals(3, storage.reads());
  }

  @Test
  void isFullAfterSoManyBytes() throws IOException {
    storage.fullAfter(3);
    storage.write(0, bytes(1, 2, 3));
    var error = assertThrows(SystemException.class, () -> storage.write(3, bytes(4)));
    assertEquals("No space left on device", error.reason());
    assertArrayEquals(new byte[] {1, 2, 3}, memory.toByteArray());
  }

  @Test
  void losesEverythingAfterTheCrash() throws IOException {
    storage.crashingAfter(2);
    storage.write(0, bytes(1));
    storage.write(1, bytes(2));
    storage.write(2, bytes(3));
    storage.zero(0, 1);
    storage.truncate(0);
    storage.sync();
    assertArrayEquals(new byte[] {1, 2}, memory.toByteArray());
    assertEquals(6, storage.changes());
  }

  @Test
  void failsTheChangeThatItWasToldTo() throws IOException {
    storage.failingChange(2);
    storage.write(0, bytes(1));
    assertThrows(SystemException.class, storage::sync);
    assertArrayEquals(new byte[] {1}, memory.toByteArray());
  }
}
