package dev.platter.dmg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.codec.CodecException;
import dev.platter.codec.Codecs;
import dev.platter.codec.Decoder;
import dev.platter.codec.Encoding;
import dev.platter.legacy.Disks;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** LZFSE and ADC by hand, by encoders of the tests' own, and damaged. */
class AppleCodecsTest {
  private static final String KINDS = "-n12a";

  private static byte[] encode(byte[] block, char kind) {
    return kind == 'a' ? AdcEncoder.encode(block) : LzfseEncoder.encode(block, kind);
  }

  private static Encoding encodingOf(char kind) {
    return kind == 'a' ? Encoding.ADC : Encoding.LZFSE;
  }

  /** Decodes a stream, behind which something else lies. */
  private static byte[] decode(char kind, byte[] stream, int length) throws IOException {
    byte[] block = new byte[length];
    try (Decoder decoder = Codecs.newDecoder(encodingOf(kind))) {
      MemorySegment padded = MemorySegment.ofArray(Arrays.copyOf(stream, stream.length + 9));
      int taken = decoder.decode(padded, MemorySegment.ofArray(block));
      assertEquals(stream.length, taken, "bytes of the stream");
    }
    return block;
  }

  @Test
  void blocksOfAllKindsComeBack() throws IOException {
    Random random = new Random(1);
    for (int i = 0; i < 60; i++) {
      int length = i < 20 ? 1 + i : 1 + random.nextInt(i < 50 ? 5_000 : 150_000);
      byte[] block = Disks.random(length, i);
      for (char kind : KINDS.toCharArray()) {
        byte[] back = decode(kind, encode(block, kind), length);
        assertArrayEquals(block, back, kind + " of " + length);
      }
    }
  }

  @Test
  void aStreamThatSaysLessOrMoreIsRefused() {
    byte[] block = Disks.random(9_000, 4);
    for (char kind : KINDS.toCharArray()) {
      byte[] stream = encode(block, kind);
      assertThrows(CodecException.class, () -> decode(kind, stream, 9_500));
      if (kind != 'a') { // which does not say where it ends
        assertThrows(CodecException.class, () -> decode(kind, stream, 8_999));
      }
      for (int i = 0; i < stream.length; i += 1 + i / 20) {
        byte[] cut = Arrays.copyOf(stream, i);
        assertThrows(CodecException.class, () -> raw(kind, cut, 9_000));
      }
    }
  }

  private static void raw(char kind, byte[] stream, int length) throws IOException {
    try (Decoder decoder = Codecs.newDecoder(encodingOf(kind))) {
      decoder.decode(MemorySegment.ofArray(stream), MemorySegment.ofArray(new byte[length]));
    }
  }

  /** Each number of headers and tables, and others, as wrong as can be. */
  @Test
  void damagedStreamsEndInBytesOrClearErrors() throws IOException {
    byte[] block = Disks.random(20_000, 5);
    Random random = new Random(6);
    for (char kind : KINDS.toCharArray()) {
      byte[] honest = encode(block, kind);
      int wrong = 0;
      for (int i = 0; i < 2000; i++) {
        byte[] stream = honest.clone();
        int at = i < 800 ? Math.min(i, stream.length - 1) : random.nextInt(stream.length);
        stream[at] = (byte) (random.nextBoolean() ? -1 : random.nextInt(256));
        try {
          raw(kind, stream, block.length);
        } catch (CodecException e) {
          wrong++;
        }
      }
      assertTrue(wrong > 3, kind + ": " + wrong);
    }
  }

  /** Three bytes as they are, a short match over itself, and a long one. */
  @Test
  void adcByHand() throws IOException {
    byte[] stream = {(byte) 0x82, 'a', 'b', 'c', 0x0c, 2, 0x41, 0, 5};
    assertArrayEquals(
        "abcabcabcabcab".getBytes(StandardCharsets.US_ASCII), decode('a', stream, 14));
  }

  /** A match that reaches into the block before, and one that takes the distance before. */
  @Test
  void matchesReachIntoBlocksBefore() throws IOException {
    ByteBuffer stream = ByteBuffer.allocate(42).order(ByteOrder.LITTLE_ENDIAN);
    stream.putInt(0x2d787662).putInt(3).put((byte) 1).put((byte) 2).put((byte) 3);
    stream.putInt(0x6e787662).putInt(6).putInt(11);
    stream.put((byte) 0).put((byte) 3); // three bytes, three back
    stream.put((byte) 0xf3); // three more, as far back
    stream.put((byte) 6).put(new byte[7]).putInt(0x24787662);
    byte[] exact = Arrays.copyOf(stream.array(), stream.position());
    assertArrayEquals(new byte[] {1, 2, 3, 1, 2, 3, 1, 2, 3}, decode('n', exact, 9));
  }

  @Test
  void codesThatAreNoneAreRefused() {
    for (int code : new int[] {0x06, 0x1e, 0x3e, 0x70, 0x7f, 0xd0, 0xdf, 0x00, 0xf3, 0x46}) {
      ByteBuffer stream = ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN);
      stream.putInt(0x6e787662).putInt(9).putInt(12).put((byte) code);
      assertThrows(CodecException.class, () -> raw('n', stream.array(), 9), "code " + code);
    }
    byte[] unknown = "bvx3\t\0\0\0".getBytes(StandardCharsets.US_ASCII);
    CodecException e = assertThrows(CodecException.class, () -> raw('2', unknown, 9));
    assertEquals("lzfse block of unknown kind 0x33787662", e.getMessage());
  }
}
