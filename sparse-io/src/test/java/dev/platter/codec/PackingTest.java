package dev.platter.codec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import net.jpountz.lz4.LZ4Factory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAOutputStream;
import org.tukaani.xz.XZOutputStream;

/** Blocks of all kinds but LZO, for which there is no writer here: others' disks show that one. */
class PackingTest {
  private static byte[] block(int length, long seed) {
    Random random = new Random(seed);
    byte[] block = new byte[length];
    for (int i = 0; i < length; ) {
      int count = Math.min(1 + random.nextInt(300), length - i);
      if (i > 0 && random.nextInt(3) > 0) {
        int from = random.nextInt(i);
        for (int j = 0; j < count; j++) {
          block[i + j] = block[from + j];
        }
      } else {
        for (int j = 0; j < count; j++) {
          block[i + j] = (byte) random.nextInt(random.nextBoolean() ? 4 : 256);
        }
      }
      i += count;
    }
    return block;
  }

  private static byte[] pack(Packing packing, byte[] block) throws IOException {
    return switch (packing) {
      case ZLIB -> deflate(block, false);
      case DEFLATE -> deflate(block, true);
      case LZ4 -> LZ4Factory.safeInstance().highCompressor().compress(block);
      case ZSTD -> Zstd.compress(block);
      case XZ -> xz(block);
      case LZMA -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream stream = new LZMAOutputStream(out, options(), block.length)) {
          stream.write(block);
        }
        yield out.toByteArray();
      }
      case MICRO_LZMA -> {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (LZMAOutputStream stream = new LZMAOutputStream(out, options(), false)) {
          stream.write(block);
        }
        byte[] packed = out.toByteArray();
        assertEquals(0, packed[0]);
        packed[0] = (byte) ~((options().getPb() * 5 + options().getLp()) * 9 + options().getLc());
        yield packed;
      }
      case LZO -> throw new IllegalArgumentException("no writer");
    };
  }

  private static LZMA2Options options() throws IOException {
    LZMA2Options options = new LZMA2Options(1);
    options.setDictSize(1 << 16);
    return options;
  }

  private static byte[] xz(byte[] block) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream stream = new XZOutputStream(out, options())) {
      stream.write(block);
    }
    return out.toByteArray();
  }

  private static byte[] deflate(byte[] block, boolean bare) {
    Deflater deflater = new Deflater(6, bare);
    deflater.setInput(block);
    deflater.finish();
    byte[] room = new byte[block.length * 2 + 100];
    int count = deflater.deflate(room);
    deflater.end();
    return Arrays.copyOf(room, count);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "LZO")
  void asMuchIsDecodedAsIsWantedOrThereIs(Packing packing) throws IOException {
    for (int length : new int[] {1, 2, 13, 100, 4096, 70_000}) {
      byte[] block = block(length, length);
      byte[] packed = pack(packing, block);
      for (int wanted : new int[] {1, length / 3, length - 1, length, length + 1, length + 5000}) {
        if (packing == Packing.MICRO_LZMA && wanted > length) {
          assertThrows(CodecException.class, () -> packing.unpack(packed, new byte[wanted]));
          continue;
        }
        byte[] target = new byte[Math.max(wanted, 0)];
        int count = packing.unpack(packed, target);
        assertEquals(Math.min(length, target.length), count, packing + " of " + length);
        assertArrayEquals(Arrays.copyOf(block, count), Arrays.copyOf(target, count));
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void damageIsAnErrorOrOtherBytes(Packing packing) throws IOException {
    byte[] block = block(5000, 7);
    byte[] packed = packing == Packing.LZO ? block : pack(packing, block);
    Random random = new Random(packing.ordinal());
    int errors = 0;
    for (int round = 0; round < 2000; round++) {
      byte[] changed = Arrays.copyOf(packed, 1 + random.nextInt(packed.length));
      for (int i = random.nextInt(4); i >= 0; i--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt(256);
      }
      byte[] target = new byte[random.nextInt(6000)];
      try {
        int count = packing.unpack(changed, target);
        assertTrue(count >= 0 && count <= target.length);
      } catch (CodecException e) {
        errors++;
      }
    }
    assertTrue(errors > 100, errors + " errors");
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsAnErrorOrNothing(Packing packing) throws IOException {
    try {
      assertEquals(0, packing.unpack(new byte[0], new byte[10]));
    } catch (CodecException e) {
      assertTrue(e.getMessage().length() > 5, e.getMessage());
    }
  }

  /** Literals alone: 238 stands for as many of them as a first byte can. */
  @Test
  void lzoOfOneRun() throws IOException {
    byte[] block = block(238, 3);
    byte[] packed = new byte[1 + 238 + 3];
    packed[0] = (byte) (238 + 17);
    System.arraycopy(block, 0, packed, 1, 238);
    packed[239] = 17; // the end: a match of distance 16384
    byte[] target = new byte[240];
    assertEquals(238, Packing.LZO.unpack(packed, target));
    assertArrayEquals(block, Arrays.copyOf(target, 238));
    assertThrows(CodecException.class, () -> Packing.LZO.unpack(packed, new byte[237]));
  }

  @Test
  void aDictionaryThatNoBlockNeedsIsRefused() throws IOException {
    byte[] packed = pack(Packing.LZMA, new byte[10]);
    assertEquals(10, Packing.LZMA.unpack(packed, new byte[10]));
    packed[4] = 4; // the highest byte of its size: 64 MiB
    assertThrows(CodecException.class, () -> Packing.LZMA.unpack(packed, new byte[10]));
  }
}
