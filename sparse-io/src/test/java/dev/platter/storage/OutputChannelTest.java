package dev.platter.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pipe that a disk goes into, with a thread at its other end. */
class OutputChannelTest {
  private static final int SIZE = 3 << 20;

  /** Where the file begins in the pipe, and how many zeros follow it. */
  private static final int AT = 20_000;

  private static final int GAP = (2 << 20) + 77;

  @TempDir Path directory;

  private Path fifo;
  private byte[] content;
  private FileStorage file;

  @BeforeEach
  void makePipeAndFile() throws IOException, InterruptedException {
    assumeTrue(Posix.available(), "no native calls here");
    fifo = directory.resolve("pipe");
    assertEquals(0, new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor());
    content = new byte[SIZE];
    new Random(1).nextBytes(content);
    Path path = directory.resolve("file");
    Files.write(path, content);
    file = FileStorage.openForReading(path);
  }

  /**
   * Opened for both, so that nobody waits for the other end, and there is an end when it closes.
   */
  private OutputChannel pipe(int flags) {
    long fd = Posix.open(fifo, Posix.O_RDWR | flags, 0);
    assertTrue(fd >= 0);
    return new OutputChannel((int) fd);
  }

  /** Reads the pipe to its end; it is open when this returns. */
  private FutureTask<byte[]> reader() throws InterruptedException {
    CountDownLatch opened = new CountDownLatch(1);
    FutureTask<byte[]> reader =
        new FutureTask<>(() -> {
          try (InputStream in = Files.newInputStream(fifo)) {
            opened.countDown();
            return in.readAllBytes();
          }
        });
    Thread.ofPlatform().daemon().start(reader);
    opened.await();
    return reader;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, Posix.O_NONBLOCK})
  void handsPagesOfAFileOnInTheirPlace(int flags) throws Exception {
    byte[] head = {1, 2, 3};
    FutureTask<byte[]> read;
    try (SequentialStorage storage = new SequentialStorage("pipe", pipe(flags))) {
      assertTrue(storage.takesPages());
      read = reader();
      storage.write(0, MemorySegment.ofArray(head));
      assertEquals(SIZE - 5, storage.copyFrom(file, 5, AT, SIZE - 5));
      storage.zero(storage.size() + 1, GAP);
      storage.write(storage.size(), MemorySegment.ofArray(head));
      storage.truncate(storage.size() + 7);
    }
    byte[] expected = new byte[AT + SIZE - 5 + 1 + GAP + head.length + 7];
    System.arraycopy(head, 0, expected, 0, head.length);
    System.arraycopy(content, 5, expected, AT, SIZE - 5);
    System.arraycopy(head, 0, expected, AT + SIZE - 5 + 1 + GAP, head.length);
    assertArrayEquals(expected, read.get());
  }

  /** Whoever reads and writes the rest finds the file shorter than it was. */
  @Test
  void endsWhereTheFileDoes() throws Exception {
    FutureTask<byte[]> read;
    try (SequentialStorage storage = new SequentialStorage("pipe", pipe(0))) {
      read = reader();
      assertEquals(100, storage.copyFrom(file, SIZE - 100, 0, 4096));
      assertEquals(100, storage.size());
    }
    assertArrayEquals(Arrays.copyOfRange(content, SIZE - 100, SIZE), read.get());
  }

  @Test
  void leavesToOthersWhatIsWatchedOrNoFile() throws Exception {
    try (SequentialStorage storage = new SequentialStorage("pipe", pipe(0))) {
      assertEquals(0, storage.copyFrom(new MemoryStorage("memory"), 0, 0, 100));
      storage.watch(bytes -> {});
      assertFalse(storage.takesPages());
      assertEquals(0, storage.copyFrom(file, 0, 0, 100));
      assertEquals(0, storage.size());
    }
  }

  @Test
  void takesPagesOnlyIntoAPipe() throws Exception {
    Path plain = directory.resolve("plain");
    Files.createFile(plain);
    long fd = Posix.open(plain, Posix.O_RDWR, 0);
    try (SequentialStorage storage = new SequentialStorage("plain", new OutputChannel((int) fd))) {
      assertFalse(storage.takesPages());
      assertEquals(0, storage.copyFrom(file, 0, 0, 100));
      storage.write(0, MemorySegment.ofArray(content));
    }
    assertArrayEquals(content, Files.readAllBytes(plain));
  }

  @Test
  void refusesBytesThatComeTooLate() throws Exception {
    try (SequentialStorage storage = new SequentialStorage("pipe", pipe(0))) {
      storage.write(0, MemorySegment.ofArray(new byte[100]));
      assertThrows(IOException.class, () -> storage.copyFrom(file, 0, 50, 100));
    }
  }
}
