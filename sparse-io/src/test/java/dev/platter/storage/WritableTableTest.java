package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.WritableTable.Changes;
import dev.platter.storage.WritableTable.Width;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class WritableTableTest {
  private static final int ENTRIES = 5000;
  private static final int PAGE = 512;
  private static final int BASE = 3;

  private final MemoryStorage storage = new MemoryStorage("table");

  private WritableTable table(Width width, ByteOrder order) {
    // Two pages are kept, so that nearly each access brings another one in.
    return new WritableTable(storage, BASE, width, order, PAGE, 2 * PAGE);
  }

  @Test
  void agreesWithAnArrayOfInts() throws IOException {
    agreesWithAnArray(Width.INT, ByteOrder.LITTLE_ENDIAN);
  }

  @Test
  void agreesWithAnArrayOfLongs() throws IOException {
    agreesWithAnArray(Width.LONG, ByteOrder.BIG_ENDIAN);
  }

  private void agreesWithAnArray(Width width, ByteOrder order) throws IOException {
    Random random = new Random(1);
    long mask = width == Width.INT ? 0xFFFF_FFFFL : -1;
    long[] model = new long[ENTRIES];
    WritableTable table = table(width, order);
    for (int i = 0; i < 20_000; i++) {
      int first = random.nextInt(ENTRIES);
      int end = Math.min(ENTRIES, first + 1 + random.nextInt(random.nextInt(10) == 0 ? 900 : 5));
      switch (random.nextInt(12)) {
        case 0, 1 -> {
          long value = random.nextInt(3) == 0 ? 7 : random.nextLong();
          long step = random.nextInt(2);
          table.fillRising(first, end, value, step);
          for (int j = first; j < end; j++) {
            model[j] = value + step * (j - first) & mask;
          }
        }
        case 2 -> {
          try (Changes changes = table.take()) {
            if (random.nextBoolean()) {
              changes.write();
            }
          }
        }
        case 3 -> {
          int stop = first + 1;
          while (stop < end && model[stop] == model[first]) {
            stop++;
          }
          assertEquals(stop, table.endOfEqual(first, end));
        }
        default -> assertEquals(model[first], table.at(first));
      }
    }
    try (Changes changes = table.take()) {
      changes.write();
    }
    assertTrue(table.take().isEmpty());
    assertEquals(0, table.changedBytes());
    for (int i = 0; i < ENTRIES; i++) {
      assertEquals(model[i], table(width, order).at(i));
    }
    byte[] bytes = storage.toByteArray();
    assertArrayEquals(new byte[BASE], Arrays.copyOf(bytes, BASE));
    MemorySegment stored = MemorySegment.ofArray(bytes).asSlice(BASE);
    long second =
        width == Width.INT
            ? Integer.toUnsignedLong(
                stored.get(ValueLayout.JAVA_INT_UNALIGNED.withOrder(order), Integer.BYTES))
            : stored.get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(order), Long.BYTES);
    assertEquals(model[1], second);
  }

  @Test
  void whatCouldNotBeWrittenIsWrittenTheNextTime() throws IOException {
    WritableTable table = table(Width.INT, ByteOrder.LITTLE_ENDIAN);
    table.set(5, 50);
    try (Changes changes = table.take()) {
      table.set(6, 60);
      assertTrue(!changes.isEmpty());
    }
    try (Changes changes = table.take()) {
      changes.write();
    }
    WritableTable again = table(Width.INT, ByteOrder.LITTLE_ENDIAN);
    assertEquals(50, again.at(5));
    assertEquals(60, again.at(6));
  }

  @Test
  void nothingIsWrittenBesideTheEntries() throws IOException {
    storage.write(0, MemorySegment.ofArray("abcdefghijklmnop".getBytes(StandardCharsets.US_ASCII)));
    WritableTable table = table(Width.INT, ByteOrder.LITTLE_ENDIAN);
    table.set(1, 0x31313131);
    storage.write(11, MemorySegment.ofArray(new byte[] {'X'}));
    try (Changes changes = table.take()) {
      changes.write();
    }
    assertEquals("abcdefg1111Xmnop", new String(storage.toByteArray(), StandardCharsets.US_ASCII));
  }

  @Test
  void aReadThatFailsChangesNothing() throws IOException {
    WritableTable table = table(Width.LONG, ByteOrder.BIG_ENDIAN);
    storage.close();
    assertThrows(IOException.class, () -> table.set(3, 4));
    assertEquals(0, table.changedBytes());
  }

  @Test
  void longRunsOfEntriesDoNotStayInMemory() throws IOException {
    WritableTable table = table(Width.LONG, ByteOrder.BIG_ENDIAN);
    int run = 64 * PAGE / Long.BYTES;
    for (int i = 0; i < 100; i++) {
      table.fill((long) i * run, (i + 1L) * run, i);
      try (Changes changes = table.take()) {
        changes.write();
      }
    }
    assertTrue(table.pages() < 200, () -> table.pages() + " pages");
  }
}
