package dev.platter.testdata;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.storage.SequentialStorage;
import dev.platter.storage.StreamSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class StreamStorageTest {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final SequentialStorage storage =
      new SequentialStorage("pipe", Channels.newChannel(sent));

  private static MemorySegment bytes(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return MemorySegment.ofArray(bytes);
  }

  @Test
  void sendsGapsAsZeros() throws IOException {
    storage.write(3, bytes(2, 1));
    storage.zero(6, 2_000_000);
    storage.write(2_000_010, bytes(1, 2));
    storage.truncate(2_000_020);
    byte[] expected = new byte[2_000_020];
    expected[3] = 1;
    expected[4] = 1;
    expected[2_000_010] = 2;
    assertArrayEquals(expected, sent.toByteArray());
    assertEquals(2_000_020, storage.size());
  }

  @Test
  void reservingSendsNothing() throws IOException {
    storage.allocate(0, 100);
    assertEquals(0, sent.size());
    storage.write(0, bytes(100, 1));
    assertEquals(100, sent.size());
  }

  @Test
  void refusesToGoBackOrToRead() throws IOException {
    storage.write(0, bytes(100, 1));
    var error = assertThrows(IOException.class, () -> storage.write(0x10, bytes(1, 2)));
    assertTrue(
        error.getMessage().startsWith("pipe: bytes for 0x10 come too late"), error.getMessage());
    assertThrows(IOException.class, () -> storage.zero(99, 5));
    assertThrows(IOException.class, () -> storage.truncate(99));
    assertThrows(IOException.class, () -> storage.read(0, bytes(1, 0)));
    assertEquals(100, sent.size());
  }

  @Test
  void saysThatTheReaderIsGone() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().close();
    try (SequentialStorage broken = new SequentialStorage("pipe", pipe.sink())) {
      var error = assertThrows(IOException.class, () -> broken.write(0, bytes(10, 1)));
      assertEquals("pipe: cannot write at 0x0: Broken pipe", error.getMessage());
    }
  }

  @Test
  void readsInOrderUntilTheEnd() throws IOException {
    byte[] input = new byte[3_000_001];
    for (int i = 0; i < input.length; i++) {
      input[i] = (byte) (i * 17);
    }
    try (StreamSource source =
        new StreamSource("stream", Channels.newChannel(new ByteArrayInputStream(input)))) {
      byte[] first = new byte[1_500_000];
      assertEquals(first.length, source.read(MemorySegment.ofArray(first)));
      assertArrayEquals(Arrays.copyOf(input, first.length), first);
      byte[] rest = new byte[2_000_000];
      assertEquals(1_500_001, source.read(MemorySegment.ofArray(rest)));
      assertArrayEquals(
          Arrays.copyOfRange(input, 1_500_000, input.length), Arrays.copyOf(rest, 1_500_001));
      assertEquals(0, source.read(MemorySegment.ofArray(rest)));
      assertEquals(input.length, source.position());
    }
  }
}
