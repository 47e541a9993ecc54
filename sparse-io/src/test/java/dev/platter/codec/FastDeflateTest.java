package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class FastDeflateTest extends DeflateContract {
  @BeforeAll
  @BeforeContainer
  static void onlyWhereThereIsIsaL() {
    FastZlibTest.onlyWhereThereIsIsaL();
  }

  @Override
  Encoder newEncoder(int level) {
    return new FastDeflateEncoder();
  }

  @Override
  Decoder newDecoder() {
    return new LibdeflateDecoder(Encoding.DEFLATE);
  }

  @Override
  boolean bare() {
    return true;
  }

  @Test
  void libdeflateIsAskedToTakeWhatIsaLLeavesMoreThanHalfOf() {
    byte[] block = halfNoise(65536);
    byte[] alone;
    try (Encoder libdeflate = new LibdeflateEncoder(Encoding.DEFLATE, 5)) {
      byte[] room = new byte[65536];
      int length = libdeflate.encode(MemorySegment.ofArray(block), MemorySegment.ofArray(room));
      alone = Arrays.copyOf(room, length);
    }
    assertTrue(alone.length > 65536 / 2 && alone.length < 65536 / 5 * 4, "" + alone.length);
    assertArrayEquals(alone, encode(block, 1));
  }

  /**
   * Of each block ISA-L files one position under a hash of its state's address, see {@link
   * IgzipStates}. Of blocks that repeat soon one in some ten thousand shows it.
   */
  @Test
  void whereTheEncoderLiesInMemoryDoesNotShow() {
    Random random = new Random(3);
    List<Encoder> encoders = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      encoders.add(newEncoder(1));
    }
    for (int i = 0; i < 1000; i++) {
      byte[] block = new byte[FastDeflateEncoder.MIN_BLOCK];
      random.nextBytes(block);
      for (int at = 48; at < block.length; at++) {
        block[at] = block[at - 48];
      }
      byte[] first = null;
      for (Encoder encoder : encoders) {
        byte[] room = new byte[block.length];
        int length = encoder.encode(MemorySegment.ofArray(block), MemorySegment.ofArray(room));
        byte[] stream = Arrays.copyOf(room, length);
        if (first == null) {
          first = stream;
        }
        assertArrayEquals(first, stream, "block " + i);
      }
    }
    encoders.forEach(Encoder::close);
  }

  /** Repetitions that a deep search finds more of, between bytes that nobody can compress. */
  private static byte[] halfNoise(int size) {
    Random random = new Random(7);
    byte[] words = new byte[4_000];
    random.nextBytes(words);
    byte[] block = new byte[size];
    for (int at = 0; at < size; ) {
      int length = Math.min(5 + random.nextInt(9), size - at);
      if (random.nextInt(4) < 3) {
        System.arraycopy(words, random.nextInt(words.length - length), block, at, length);
      } else {
        for (int i = 0; i < length; i++) {
          block[at + i] = (byte) random.nextInt(200);
        }
      }
      at += length;
    }
    return block;
  }
}
