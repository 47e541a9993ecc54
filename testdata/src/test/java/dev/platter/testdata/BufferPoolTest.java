package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.BufferPool;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class BufferPoolTest {
  private static CompletableFuture<BufferPool.Lease> borrowElsewhere(BufferPool pool, long size) {
    CompletableFuture<BufferPool.Lease> lease = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(() -> {
          try {
            lease.complete(pool.borrow(size));
          } catch (Throwable e) {
            lease.completeExceptionally(e);
          }
        });
    return lease;
  }

  @Test
  void buffersArePageAlignedAndExactlyAsLargeAsAskedFor() {
    try (BufferPool pool = new BufferPool(1 << 20);
        BufferPool.Lease a = pool.borrow(5);
        BufferPool.Lease b = pool.borrow(70_000)) {
      assertEquals(5, a.segment().byteSize());
      assertEquals(70_000, b.segment().byteSize());
      assertEquals(0, a.segment().address() % 4096);
      assertEquals(0, b.segment().address() % 4096);
      assertEquals(4096 + 73_728, pool.lent());
    }
  }

  @Test
  void waitsWhileTheBudgetIsUsedUp() throws Exception {
    try (BufferPool pool = new BufferPool(8192)) {
      BufferPool.Lease first = pool.borrow(8192);
      CompletableFuture<BufferPool.Lease> second = borrowElsewhere(pool, 4096);
      assertThrows(TimeoutException.class, () -> second.get(100, TimeUnit.MILLISECONDS));
      first.close();
      try (BufferPool.Lease lease = second.get(20, TimeUnit.SECONDS)) {
        assertEquals(4096, lease.segment().byteSize());
      }
      assertEquals(0, pool.lent());
    }
  }

  @Test
  void lendsTheSameMemoryAgain() {
    try (BufferPool pool = new BufferPool(1 << 20)) {
      long address;
      try (BufferPool.Lease lease = pool.borrow(65_536)) {
        address = lease.segment().address();
      }
      try (BufferPool.Lease lease = pool.borrow(65_000)) {
        assertEquals(address, lease.segment().address());
      }
    }
  }

  @Test
  void givingBackTwiceCountsOnce() {
    try (BufferPool pool = new BufferPool(8192)) {
      BufferPool.Lease lease = pool.borrow(4096);
      lease.close();
      lease.close();
      assertEquals(0, pool.lent());
      assertThrows(IllegalStateException.class, lease::segment);
    }
  }

  @Test
  void refusesWhatCanNeverBeHad() {
    try (BufferPool pool = new BufferPool(10_000)) {
      assertThrows(IllegalArgumentException.class, () -> pool.borrow(10_000));
      assertThrows(IllegalArgumentException.class, () -> pool.borrow(0));
      assertThrows(IllegalArgumentException.class, () -> pool.borrow(Long.MAX_VALUE));
      pool.borrow(8192).close();
    }
  }

  @Test
  void closingWakesWhoeverWaits() throws Exception {
    BufferPool pool = new BufferPool(4096);
    BufferPool.Lease lease = pool.borrow(4096);
    CompletableFuture<BufferPool.Lease> waiting = borrowElsewhere(pool, 4096);
    assertFalse(waiting.isDone());
    pool.close();
    var error = assertThrows(Exception.class, () -> waiting.get(20, TimeUnit.SECONDS));
    assertInstanceOf(IllegalStateException.class, error.getCause());
    var memory = lease.segment();
    lease.close();
    assertFalse(memory.scope().isAlive());
    assertThrows(IllegalStateException.class, () -> pool.borrow(1));
    assertTrue(pool.lent() == 0);
  }
}
