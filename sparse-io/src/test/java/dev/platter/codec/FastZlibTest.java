package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class FastZlibTest extends DeflateContract {
  private static final int BLOCK = 65536;

  @BeforeAll
  @BeforeContainer
  static void onlyWhereThereIsIsaL() {
    String machine = System.getProperty("os.arch");
    boolean expected =
        System.getProperty("os.name").equals("Linux")
            && (machine.equals("amd64") || machine.equals("x86_64"));
    assertTrue(Igzip.isAvailable() || !expected, "ISA-L cannot be loaded");
    assumeTrue(Igzip.isAvailable());
  }

  @Override
  Encoder newEncoder(int level) {
    return new FastZlibEncoder();
  }

  @Override
  Decoder newDecoder() {
    return new LibdeflateDecoder(Encoding.ZLIB);
  }

  @Override
  boolean bare() {
    return false;
  }

  @Test
  void noiseIsLeftToIsaL() {
    byte[] block = noise();
    byte[] stream = encode(block, 1);
    byte[] bare = new byte[2 * BLOCK];
    MemorySegment room = new Scratch().allocate(bare.length);
    MemorySegment source = new Scratch().allocate(BLOCK).copyFrom(MemorySegment.ofArray(block));
    int length;
    try (Igzip igzip = new Igzip()) {
      length = igzip.compress(source, room);
    }
    MemorySegment.copy(room, 0, MemorySegment.ofArray(bare), 0, length);
    assertArrayEquals(
        Arrays.copyOf(bare, length), Arrays.copyOfRange(stream, 2, stream.length - 4));
    assertTrue(stream.length <= BLOCK + BLOCK / 1000, "" + stream.length);
  }

  @Test
  void allElseIsLibdeflates() {
    byte[] compressible = compressible(BLOCK, 5);
    assertArrayEquals(libdeflates(compressible), encode(compressible, 1));
    byte[] onlyTheBeginning = compressible.clone();
    System.arraycopy(noise(), 0, onlyTheBeginning, 0, 8192);
    assertArrayEquals(libdeflates(onlyTheBeginning), encode(onlyTheBeginning, 1));
    byte[] allBut = noise();
    System.arraycopy(compressible, 0, allBut, 0, 8192);
    assertArrayEquals(libdeflates(allBut), encode(allBut, 1));
  }

  @Test
  void noiseThatDoesNotFitDoesNotFit() {
    try (Encoder encoder = newEncoder(1)) {
      MemorySegment tooSmall = MemorySegment.ofArray(new byte[BLOCK]);
      assertEquals(Encoder.DOES_NOT_FIT, encoder.encode(MemorySegment.ofArray(noise()), tooSmall));
    }
  }

  private static byte[] noise() {
    byte[] block = new byte[BLOCK];
    new Random(11).nextBytes(block);
    return block;
  }

  private static byte[] libdeflates(byte[] block) {
    try (Encoder libdeflate = new LibdeflateEncoder(Encoding.ZLIB, 5)) {
      byte[] room = new byte[2 * BLOCK];
      int length = libdeflate.encode(MemorySegment.ofArray(block), MemorySegment.ofArray(room));
      return Arrays.copyOf(room, length);
    }
  }
}
