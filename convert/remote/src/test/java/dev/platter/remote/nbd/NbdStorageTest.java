package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Run;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Our client with our server; other programs' are in the interop tests. */
@Timeout(120)
class NbdStorageTest {
  private static final int SIZE = (16 << 20) + 1024;

  @TempDir Path directory;

  @Test
  void manyThreadsWriteAndReadTheirOwnPartsInAnyLengths() throws Exception {
    MemoryStorage storage = MemoryStorage.of("disk", new byte[SIZE]);
    byte[] model = new byte[SIZE];
    int threads = 8;
    int part = SIZE / threads;
    try (RunningServer server =
            new RunningServer(directory, new MemoryExport("disk", storage, true));
        NbdStorage disk = server.open("disk", NbdStorage.Access.WRITE);
        ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> running = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        int start = t * part;
        running.add(
            pool.submit(() -> {
              work(disk, model, start, part);
              return null;
            }));
      }
      for (Future<?> each : running) {
        each.get();
      }
      disk.sync();
    }
    assertArrayEquals(model, storage.toByteArray());
  }

  private static void work(NbdStorage disk, byte[] model, int start, int part) throws IOException {
    Random random = new Random(start);
    try (Arena arena = Arena.ofConfined()) {
      for (int i = 0; i < 60; i++) {
        int length = 1 + random.nextInt(i % 10 == 0 ? part : 9000);
        int at = start + random.nextInt(part - length + 1);
        MemorySegment own = arena.allocate(length);
        switch (random.nextInt(3)) {
          case 0 -> {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, model, at, length);
            MemorySegment.copy(bytes, 0, own, ValueLayout.JAVA_BYTE, 0, length);
            disk.write(at, own);
          }
          case 1 -> {
            java.util.Arrays.fill(model, at, at + length, (byte) 0);
            disk.zero(at, length);
          }
          default -> {
            disk.readFully(at, own);
            assertEquals(
                -1,
                own.mismatch(MemorySegment.ofArray(model).asSlice(at, length)),
                () -> "at " + at);
          }
        }
      }
    }
  }

  @Test
  void tellsHolesFromData() throws IOException {
    MemoryStorage storage = new MemoryStorage("disk");
    storage.truncate(SIZE);
    byte[] data = new byte[1 << 20];
    java.util.Arrays.fill(data, (byte) 1);
    storage.write(4 << 20, MemorySegment.ofArray(data));
    try (RunningServer server =
            new RunningServer(directory, new MemoryExport("disk", storage, true));
        NbdStorage disk = server.open("", NbdStorage.Access.WRITE)) {
      assertEquals(new Run(0, 4 << 20, true), disk.runAt(0, SIZE));
      assertEquals(new Run(5000, (4 << 20) - 5000, true), disk.runAt(5000, SIZE));
      assertEquals(new Run(4 << 20, 1 << 20, false), disk.runAt(4 << 20, SIZE));
      assertEquals(new Run(4 << 20, 100, false), disk.runAt(4 << 20, (4 << 20) + 100));
      disk.write(1 << 20, MemorySegment.ofArray(new byte[] {1}));
      assertTrue(disk.runAt(0, SIZE).end() <= 1 << 20);
    }
  }

  @Test
  void isNotWrittenPastItsEndAndDoesNotGrow() throws IOException {
    try (RunningServer server =
            new RunningServer(
                directory, new MemoryExport("disk", MemoryStorage.of("d", new byte[8192]), true));
        NbdStorage disk = server.open("", NbdStorage.Access.WRITE)) {
      MemorySegment two = MemorySegment.ofArray(new byte[2]);
      assertThrows(NbdException.class, () -> disk.write(8191, two));
      assertThrows(NbdException.class, () -> disk.zero(8000, 1000));
      assertThrows(NbdException.class, () -> disk.truncate(8193));
      disk.truncate(100);
      assertEquals(8192, disk.size());
      assertEquals(0, disk.read(8192, two));
      assertEquals(1, disk.read(8191, two));
    }
  }

  @Test
  void saysWhatTheServerRefuses() throws IOException {
    MemoryExport export = new MemoryExport("disk", MemoryStorage.of("d", new byte[8192]), false);
    try (RunningServer server = new RunningServer(directory, export)) {
      assertTrue(
          assertThrows(
                  NbdException.class, () -> server.open("disk", NbdStorage.Access.WRITE).close())
              .getMessage()
              .contains("read-only"));
      assertTrue(
          assertThrows(NbdException.class, () -> server.open("x", NbdStorage.Access.READ).close())
              .getMessage()
              .contains("no export of that name"));
      try (NbdStorage disk = server.open("disk", NbdStorage.Access.READ)) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[512]);
        export.failure = new IOException("broken");
        assertTrue(
            assertThrows(NbdException.class, () -> disk.readFully(512, bytes))
                .getMessage()
                .contains("at 0x200 with: Input/output error"));
        export.failure = null;
        disk.readFully(0, bytes); // One request's error is not the connection's.
      }
    }
  }

  @Test
  void everyThreadLearnsThatTheServerIsGone() throws Exception {
    MemoryExport export = new MemoryExport("disk", MemoryStorage.of("d", new byte[SIZE]), false);
    RunningServer server = new RunningServer(directory, export);
    try (NbdStorage disk = server.open("disk", NbdStorage.Access.READ);
        ExecutorService pool = Executors.newFixedThreadPool(6)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        readers.add(
            pool.submit(() -> {
              MemorySegment bytes = MemorySegment.ofArray(new byte[1 << 20]);
              while (true) {
                disk.readFully(0, bytes);
              }
            }));
      }
      Thread.sleep(100);
      server.close();
      for (Future<?> reader : readers) {
        assertThrows(java.util.concurrent.ExecutionException.class, reader::get);
      }
    }
  }
}
