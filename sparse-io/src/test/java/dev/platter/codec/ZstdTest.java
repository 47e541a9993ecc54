package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class ZstdTest extends CodecContract {
  @Override
  Encoder newEncoder(int level) {
    return Codecs.newEncoder(Encoding.ZSTD, level);
  }

  @Override
  Decoder newDecoder() {
    return Codecs.newDecoder(Encoding.ZSTD);
  }

  @Override
  int maxLevel() {
    return Codecs.maxLevel(Encoding.ZSTD);
  }

  @Test
  void severalFramesInARowAreOneBlock() throws IOException {
    byte[] block = compressible(65536, 5);
    byte[] first = encode(Arrays.copyOfRange(block, 0, 30_000), 3);
    byte[] second = encode(Arrays.copyOfRange(block, 30_000, 65536), 3);
    Decoded decoded = decode(join(first, skippable(100), second, new byte[77]), block.length);
    assertArrayEquals(block, decoded.bytes());
    assertEquals(first.length + 108 + second.length, decoded.consumed());
  }

  @Test
  void frameWithoutContentSizeIsRead() throws IOException {
    byte[] block = compressible(65536, 6);
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    try (ZstdOutputStream out = new ZstdOutputStream(stream)) {
      out.setChecksum(true);
      out.write(block);
    }
    byte[] padded = Arrays.copyOf(stream.toByteArray(), stream.size() + 300);
    Decoded decoded = decode(padded, block.length);
    assertArrayEquals(block, decoded.bytes());
    assertEquals(stream.size(), decoded.consumed());
  }

  @Test
  void secondFrameThatOverflowsTheTargetIsRefused() {
    byte[] half = encode(compressible(30_000, 1), 3);
    assertThrows(CodecException.class, () -> decode(join(half, half), 40_000));
  }

  @Test
  void framesThatHoldNothingDoNotLoopForever() {
    byte[] nothing = join(skippable(0), skippable(3), skippable(0));
    assertThrows(CodecException.class, () -> decode(nothing, 512));
  }

  @Test
  void formatFromBeforeZstandardIsRefusedByItsMagicNumber() {
    byte[] old =
        ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN).putInt(0, 0xFD2FB527).array();
    CodecException e = assertThrows(CodecException.class, () -> decode(old, 512));
    assertTrue(e.getMessage().contains("0xfd2fb527"), e.getMessage());
  }

  private static byte[] skippable(int length) {
    return ByteBuffer.allocate(8 + length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x184D2A53)
        .putInt(length)
        .array();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }
}
