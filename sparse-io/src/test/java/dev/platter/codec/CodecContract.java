package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What every pair of encoder and decoder keeps to, whichever library does the work. */
abstract class CodecContract {
  static final byte GUARD = 0x5A;

  abstract Encoder newEncoder(int level);

  abstract Decoder newDecoder();

  abstract int maxLevel();

  /** Whether a stream says itself where it ends (an LZ4 block does not). */
  boolean streamsEnd() {
    return true;
  }

  @Property(tries = 60)
  void blockComesBackAtEveryLevel(
      @ForAll("blocks") byte[] block, @ForAll @IntRange(min = 1, max = 22) int level)
      throws IOException {
    byte[] stream = encode(block, Math.min(level, maxLevel()));
    Decoded decoded = decode(stream, block.length);
    assertArrayEquals(block, decoded.bytes);
    assertEquals(stream.length, decoded.consumed);
  }

  @Property(tries = 30)
  void bytesAfterTheStreamAreLeftAlone(
      @ForAll("blocks") byte[] block, @ForAll @IntRange(min = 1, max = 600) int padding)
      throws IOException {
    byte[] stream = encode(block, 1);
    byte[] padded = Arrays.copyOf(stream, stream.length + padding);
    new Random(padding).nextBytes(padded);
    System.arraycopy(stream, 0, padded, 0, stream.length);
    Decoded decoded = decode(padded, block.length);
    assertArrayEquals(block, decoded.bytes);
    assertEquals(stream.length, decoded.consumed);
  }

  @Property(tries = 60)
  void truncatedStreamIsRefused(
      @ForAll("blocks") byte[] block, @ForAll @IntRange(min = 0, max = 99) int percent) {
    byte[] stream = encode(block, 1);
    byte[] cut = Arrays.copyOf(stream, stream.length * percent / 100);
    assertThrows(CodecException.class, () -> decode(cut, block.length));
  }

  @Property(tries = 30)
  void streamShorterThanTheTargetIsRefused(
      @ForAll("blocks") byte[] block, @ForAll @IntRange(min = 1, max = 5000) int more) {
    byte[] stream = encode(block, 1);
    assertThrows(CodecException.class, () -> decode(stream, block.length + more));
  }

  @Property(tries = 30)
  void streamLongerThanTheTargetIsRefused(
      @ForAll("blocks") byte[] block, @ForAll @IntRange(min = 1, max = 5000) int fewer) {
    byte[] stream = encode(block, 1);
    int room = Math.max(1, block.length - fewer);
    if (room < block.length && streamsEnd()) {
      assertThrows(CodecException.class, () -> decode(stream, room));
    }
  }

  @Property(tries = 300)
  void damagedStreamGivesAnErrorOrABlockAndTouchesNothingElse(
      @ForAll("blocks") byte[] block, @ForAll long seed) throws IOException {
    byte[] stream = encode(block, 1);
    Random random = new Random(seed);
    for (int i = random.nextInt(4); i >= 0; i--) {
      stream[random.nextInt(stream.length)] ^= (byte) (1 << random.nextInt(8));
    }
    try {
      Decoded decoded = decode(stream, block.length);
      assertTrue(decoded.consumed >= 0 && decoded.consumed <= stream.length);
    } catch (CodecException e) {
      assertTrue(e.getMessage().length() > 10, e.getMessage());
    }
  }

  @Property(tries = 100)
  void noiseGivesAnErrorOrABlockAndTouchesNothingElse(
      @ForAll byte[] noise, @ForAll @IntRange(min = 1, max = 70_000) int room) throws IOException {
    try {
      assertTrue(decode(noise, room).consumed <= noise.length);
    } catch (CodecException e) {
      assertTrue(e.getMessage().length() > 10, e.getMessage());
    }
  }

  @Test
  void emptySourceIsRefused() {
    assertThrows(CodecException.class, () -> decode(new byte[0], 512));
  }

  @Test
  void decoderWorksOnAfterADamagedStream() throws IOException {
    byte[] block = compressible(65536, 1);
    byte[] stream = encode(block, 1);
    try (Decoder decoder = newDecoder()) {
      MemorySegment target = MemorySegment.ofArray(new byte[block.length]);
      MemorySegment cut = MemorySegment.ofArray(Arrays.copyOf(stream, stream.length / 2));
      assertThrows(CodecException.class, () -> decoder.decode(cut, target));
      assertEquals(stream.length, decoder.decode(MemorySegment.ofArray(stream), target));
      assertEquals(-1, target.mismatch(MemorySegment.ofArray(block)));
    }
  }

  @Test
  void blockThatDoesNotFitIsToldAndTheEncoderWorksOn() {
    byte[] noise = new byte[65536];
    new Random(7).nextBytes(noise);
    byte[] text = compressible(65536, 7);
    try (Encoder encoder = newEncoder(1)) {
      MemorySegment target = MemorySegment.ofArray(new byte[65535]);
      assertEquals(Encoder.DOES_NOT_FIT, encoder.encode(MemorySegment.ofArray(noise), target));
      int length = encoder.encode(MemorySegment.ofArray(text), target);
      assertTrue(length > 0 && length < 65536 * 3 / 4, "length " + length);
      byte[] stream = encode(text, 1);
      assertEquals(stream.length, length, "what came before must not change the bytes of a stream");
      MemorySegment exact = MemorySegment.ofArray(new byte[length]);
      assertEquals(
          Encoder.DOES_NOT_FIT,
          encoder.encode(MemorySegment.ofArray(text), exact.asSlice(0, length / 2)));
    }
  }

  @Test
  void offHeapAndHeapSegmentsGiveTheSameBytes() throws IOException {
    byte[] block = compressible(65536, 3);
    byte[] stream = encode(block, 4);
    try (Arena arena = Arena.ofConfined();
        Encoder encoder = newEncoder(4);
        Decoder decoder = newDecoder()) {
      MemorySegment source = arena.allocate(block.length).copyFrom(MemorySegment.ofArray(block));
      MemorySegment target = arena.allocate(block.length);
      int length = encoder.encode(source, target);
      assertArrayEquals(stream, target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE));
      MemorySegment back = arena.allocate(block.length);
      assertEquals(length, decoder.decode(target.asReadOnly(), back));
      assertEquals(-1, back.mismatch(source));
    }
  }

  @Test
  void closingTwiceIsHarmless() {
    Encoder encoder = newEncoder(1);
    encoder.close();
    encoder.close();
    Decoder decoder = newDecoder();
    decoder.close();
    decoder.close();
  }

  record Decoded(byte[] bytes, int consumed) {}

  /** Decodes off-heap, between guard bytes that must stay as they are. */
  Decoded decode(byte[] stream, int length) throws IOException {
    int guard = 64;
    try (Arena arena = Arena.ofConfined();
        Decoder decoder = newDecoder()) {
      MemorySegment source = arena.allocate(Math.max(1, stream.length)).asSlice(0, stream.length);
      source.copyFrom(MemorySegment.ofArray(stream));
      MemorySegment room = arena.allocate(length + 2L * guard).fill(GUARD);
      try {
        int consumed = decoder.decode(source, room.asSlice(guard, length));
        byte[] bytes = new byte[length];
        MemorySegment.ofArray(bytes).copyFrom(room.asSlice(guard, length));
        return new Decoded(bytes, consumed);
      } finally {
        MemorySegment guards = arena.allocate(guard).fill(GUARD);
        assertEquals(-1, room.asSlice(0, guard).mismatch(guards));
        assertEquals(-1, room.asSlice(guard + (long) length).mismatch(guards));
      }
    }
  }

  byte[] encode(byte[] block, int level) {
    try (Encoder encoder = newEncoder(level)) {
      MemorySegment target = MemorySegment.ofArray(new byte[block.length * 2 + 256]);
      int length = encoder.encode(MemorySegment.ofArray(block), target);
      assertTrue(length > 0, "does not fit into twice its size");
      return target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }
  }

  @Provide
  Arbitrary<byte[]> blocks() {
    Arbitrary<Integer> sizes = Arbitraries.of(512, 4096, 65536, 1, 100, 70_001);
    Arbitrary<Long> seeds = Arbitraries.longs();
    Arbitrary<Integer> kinds = Arbitraries.integers().between(0, 2);
    return Combinators.combine(sizes, seeds, kinds)
        .as((size, seed, kind) -> {
          byte[] bytes = new byte[size];
          switch (kind) {
            case 0 -> new Random(seed).nextBytes(bytes);
            case 1 -> bytes = compressible(size, seed);
            default -> Arrays.fill(bytes, (byte) seed.intValue());
          }
          return bytes;
        });
  }

  static byte[] compressible(int size, long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[size];
    for (int at = 0; at < size; ) {
      int run = Math.min(1 + random.nextInt(40), size - at);
      if (at > 64 && random.nextBoolean()) {
        run = Math.min(run, at);
        System.arraycopy(bytes, random.nextInt(at - run + 1), bytes, at, run);
      } else {
        for (int i = 0; i < run; i++) {
          bytes[at + i] = (byte) ('a' + random.nextInt(16));
        }
      }
      at += run;
    }
    return bytes;
  }
}
