package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class BarrierTest {
  @Test
  void aSyncThatFailedIsNotMadeGoodByTheNextOne() throws IOException {
    int[] syncs = new int[1];
    WritableStorage storage =
        new ForwardingStorage(new MemoryStorage("medium")) {
          @Override
          public void sync() throws IOException {
            if (++syncs[0] == 2) {
              throw new SystemException(name(), "sync", Errno.EIO);
            }
          }
        };
    Barrier barrier = new Barrier(List.of(storage));
    barrier.pass();
    assertThrows(SystemException.class, barrier::pass);
    assertThrows(IOException.class, barrier::pass);
    assertEquals(2, syncs[0]);
  }
}
