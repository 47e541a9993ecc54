package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataRunsTest {
  private static final long BLOCK = 1 << 20;

  @Test
  void tellsHowFarKnownDataReaches() {
    DataRuns runs = new DataRuns(true);
    assertEquals(5, runs.endAt(5));
    runs.add(10, 20);
    assertEquals(5, runs.endAt(5));
    assertEquals(20, runs.endAt(10));
    assertEquals(20, runs.endAt(19));
    assertEquals(20, runs.endAt(20));
    assertEquals(30, runs.endAt(30));
  }

  @Test
  void sameRunFoundFromFurtherOnIsOneRun() {
    DataRuns runs = new DataRuns(true);
    runs.add(15, 20);
    runs.add(10, 20);
    assertEquals(20, runs.endAt(10));
    runs.add(10, 12);
    assertEquals(15, runs.endAt(15), "not remembered twice");
  }

  @Test
  void nothingIsRememberedOfWhatIsWrittenTo() {
    DataRuns runs = new DataRuns(false);
    runs.add(10, 20);
    assertEquals(10, runs.endAt(10));
  }

  /** Were holes remembered, what is written there would be taken for zeros. */
  @Test
  void dataThatOthersWriteIntoAHoleIsSeen(@TempDir Path directory) throws IOException {
    Path path = directory.resolve("file");
    try (FileStorage writer = FileStorage.create(path)) {
      MemorySegment block = MemorySegment.ofArray(new byte[(int) BLOCK]).fill((byte) 1);
      writer.write(0, block);
      writer.truncate(3 * BLOCK);
      try (FileStorage reader = FileStorage.openForReading(path)) {
        for (int i = 0; i < 2; i++) {
          assertEquals(new Run(4096, BLOCK - 4096, false), reader.runAt(4096, 3 * BLOCK));
          assertTrue(reader.runAt(BLOCK, 3 * BLOCK).hole());
        }
        writer.write(BLOCK, block);
        assertFalse(reader.runAt(BLOCK, 3 * BLOCK).hole());
        assertTrue(reader.runAt(2 * BLOCK, 3 * BLOCK).hole());
      }
    }
  }
}
