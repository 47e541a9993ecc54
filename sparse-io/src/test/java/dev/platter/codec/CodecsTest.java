package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.zip.Adler32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CodecsTest {
  @Test
  void deflateRunsOnLibdeflateUnlessTheJdkIsAskedFor() {
    try (Decoder decoder = Codecs.newDecoder(Encoding.DEFLATE)) {
      assertInstanceOf(LibdeflateDecoder.class, decoder);
    }
    assertEquals("libdeflate (native)", Codecs.describe(Encoding.ZLIB));
    System.setProperty("platter.codec", "jdk");
    try (Decoder decoder = Codecs.newDecoder(Encoding.ZLIB);
        Encoder encoder = Codecs.newEncoder(Encoding.ZLIB, 12)) {
      assertInstanceOf(JdkDecoder.class, decoder);
      assertInstanceOf(JdkEncoder.class, encoder);
      assertEquals("JDK zlib", Codecs.describe(Encoding.DEFLATE));
    } finally {
      System.clearProperty("platter.codec");
    }
  }

  @Test
  void isaLTakesPartUnlessALevelIsAskedFor() {
    try (Encoder deflate = Codecs.newEncoder(Encoding.DEFLATE);
        Encoder zlib = Codecs.newEncoder(Encoding.ZLIB);
        Encoder asked = Codecs.newEncoder(Encoding.DEFLATE, 2)) {
      assertEquals(Igzip.isAvailable(), deflate instanceof FastDeflateEncoder);
      assertEquals(Igzip.isAvailable(), zlib instanceof FastZlibEncoder);
      assertInstanceOf(LibdeflateEncoder.class, asked);
    }
    System.setProperty("platter.codec", "jdk");
    try (Encoder usual = Codecs.newEncoder(Encoding.DEFLATE)) {
      assertInstanceOf(JdkEncoder.class, usual);
    } finally {
      System.clearProperty("platter.codec");
    }
  }

  @Test
  void checksumIsTheJdksOnAndOffTheHeap() {
    byte[] bytes = CodecContract.compressible(70_001, 3);
    Adler32 expected = new Adler32();
    expected.update(bytes);
    assertEquals((int) expected.getValue(), Codecs.adler32(MemorySegment.ofArray(bytes)));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment block = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
      assertEquals((int) expected.getValue(), Codecs.adler32(block));
    }
  }

  @ParameterizedTest
  @EnumSource(Encoding.class)
  void levelsOutsideTheRangeAreRefusedByName(Encoding encoding) {
    if (!encoding.isWritten()) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> Codecs.newEncoder(encoding));
      assertTrue(e.getMessage().contains("only read"), e.getMessage());
      return;
    }
    int tooHigh = Codecs.maxLevel(encoding) + 1;
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Codecs.newEncoder(encoding, tooHigh));
    assertTrue(e.getMessage().contains("level " + tooHigh), e.getMessage());
    int tooLow = Codecs.minLevel(encoding) - 1;
    assertThrows(IllegalArgumentException.class, () -> Codecs.newEncoder(encoding, tooLow));
    Codecs.newEncoder(encoding).close();
  }
}
