package dev.platter.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.platter.storage.SequentialStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.StorageContract;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What waits to be sent, in memory and in a file. */
class DraftTest {
  private static final int SIZE = 3 << 20;

  @TempDir Path directory;

  private Draft draft(OutputStream goal, long mostInMemory) {
    SequentialStorage pipe = new SequentialStorage("pipe", Channels.newChannel(goal));
    return new Draft(TargetFile.pipe(pipe), directory, mostInMemory);
  }

  @Nested
  class InMemory extends StorageContract {
    @Override
    protected WritableStorage create() {
      return draft(OutputStream.nullOutputStream(), Draft.MOST_IN_MEMORY);
    }
  }

  @Nested
  class InAFile extends StorageContract {
    @Override
    protected WritableStorage create() {
      return draft(OutputStream.nullOutputStream(), 0);
    }
  }

  /** It moves on the way. */
  @Nested
  class InBoth extends StorageContract {
    @Override
    protected WritableStorage create() {
      return draft(OutputStream.nullOutputStream(), 64 << 10);
    }
  }

  @Test
  void sendsWhatItHoldsWhereverThatIs() throws IOException {
    byte[] expected = new byte[SIZE];
    byte[] middle = new byte[1 << 20];
    new Random(1).nextBytes(middle);
    System.arraycopy(middle, 0, expected, 777, middle.length);
    for (long most : new long[] {0, 100_000, Draft.MOST_IN_MEMORY}) {
      ByteArrayOutputStream sent = new ByteArrayOutputStream();
      try (Draft draft = draft(sent, most)) {
        draft.write(777, MemorySegment.ofArray(middle));
        draft.truncate(SIZE);
        draft.send();
      }
      assertArrayEquals(expected, sent.toByteArray());
    }
  }

  @Test
  void leavesNoFile() throws IOException {
    try (Draft draft = draft(OutputStream.nullOutputStream(), 0)) {
      draft.write(0, MemorySegment.ofArray(new byte[1]));
    }
    assertEquals(0, directory.toFile().list().length);
  }
}
