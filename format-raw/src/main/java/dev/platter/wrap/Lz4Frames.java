package dev.platter.wrap;

import dev.platter.image.Fault;
import java.io.IOException;
import java.io.InputStream;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.StreamingXXHash32;
import net.jpountz.xxhash.XXHash32;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The frames of an lz4 file, one after the other (LZ4 frame format 1.6). The frame reader of
 * lz4-java refuses blocks that refer to the ones before; its decompressor is used all the same, see
 * {@link Lz4History}.
 */
final class Lz4Frames extends Unpacked {
  static final int MAGIC = 0x184d_2204;

  private static final int VERSION_MASK = 0xc0;
  private static final int VERSION = 0x40;
  private static final int INDEPENDENT = 1 << 5;
  private static final int BLOCK_CHECKSUM = 1 << 4;
  private static final int CONTENT_SIZE = 1 << 3;
  private static final int CONTENT_CHECKSUM = 1 << 2;
  private static final int RESERVED = 1 << 1;
  private static final int DICTIONARY = 1;
  private static final int PLAIN_BLOCK = 1 << 31;

  private final PackedInput input;
  private final LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();
  private final XXHash32 hash = XXHashFactory.safeInstance().hash32();
  private final StreamingXXHash32 contentHash = XXHashFactory.safeInstance().newStreamingHash32(0);

  private byte[] packed = new byte[0];
  private byte[] block = new byte[0];
  private int at;
  private int end;
  private int flags;
  private int maxBlock;
  private long expected;
  private long length;
  private Lz4History history;
  private boolean inFrame;
  private boolean ended;

  Lz4Frames(InputStream source) {
    input = new PackedInput(source);
  }

  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    while (at == end && !ended) {
      if (inFrame) {
        readBlock();
      } else {
        beginFrame();
      }
    }
    if (ended) {
      return -1;
    }
    int part = Math.min(count, end - at);
    System.arraycopy(block, at, target, offset, part);
    at += part;
    return part;
  }

  private void beginFrame() throws IOException {
    int magic = input.littleInt();
    if (Magic.isSkippable(magic)) {
      input.skip(input.littleInt() & 0xffff_ffffL);
      ended = input.isAtEnd();
      return;
    }
    if (magic != MAGIC) {
      throw new IOException("lz4: no frame begins with 0x%08x".formatted(magic));
    }
    byte[] descriptor = new byte[2 + Long.BYTES];
    input.readFully(descriptor, 0, 2);
    flags = descriptor[0] & 0xff;
    int sizeCode = descriptor[1] >> 4 & 7;
    if ((flags & VERSION_MASK) != VERSION
        || (flags & RESERVED) != 0
        || (descriptor[1] & 0x8f) != 0
        || sizeCode < 4) {
      throw new IOException(
          "lz4: a frame with descriptor %02x %02x".formatted(flags, descriptor[1]));
    }
    if ((flags & DICTIONARY) != 0) {
      throw Fault.ofFormat("lz4").unsupported("a frame that wants a dictionary");
    }
    maxBlock = 1 << 8 + 2 * sizeCode;
    expected = -1;
    int size = 2;
    if ((flags & CONTENT_SIZE) != 0) {
      input.readFully(descriptor, 2, Long.BYTES);
      size += Long.BYTES;
      expected = littleLong(descriptor);
    }
    int found = hash.hash(descriptor, 0, size, 0) >> 8 & 0xff;
    check("descriptor", input.next(), found);
    history = (flags & INDEPENDENT) == 0 ? new Lz4History(maxBlock) : null;
    if (packed.length < maxBlock) {
      packed = new byte[maxBlock];
      block = new byte[maxBlock];
    }
    contentHash.reset();
    length = 0;
    inFrame = true;
  }

  private static long littleLong(byte[] descriptor) {
    long value = 0;
    for (int i = 2 + Long.BYTES - 1; i >= 2; i--) {
      value = value << Byte.SIZE | descriptor[i] & 0xff;
    }
    return value;
  }

  private void readBlock() throws IOException {
    int word = input.littleInt();
    if (word == 0) {
      endFrame();
      return;
    }
    int size = word & ~PLAIN_BLOCK;
    if (size > maxBlock) {
      throw new IOException("lz4: a block of " + size + " bytes, at most " + maxBlock);
    }
    boolean plain = (word & PLAIN_BLOCK) != 0;
    byte[] stored = plain ? block : packed;
    input.readFully(stored, 0, size);
    if ((flags & BLOCK_CHECKSUM) != 0) {
      check("block", input.littleInt(), hash.hash(stored, 0, size, 0));
    }
    at = 0;
    end = plain ? size : decompress(size);
    if (history != null) {
      history.add(block, end);
    }
    if ((flags & CONTENT_CHECKSUM) != 0) {
      contentHash.update(block, 0, end);
    }
    length += end;
  }

  private int decompress(int size) throws IOException {
    try {
      return history == null
          ? decompressor.decompress(packed, 0, size, block, 0, maxBlock)
          : history.decompress(decompressor, packed, size, block);
    } catch (LZ4Exception e) {
      throw new IOException("lz4: a damaged block: " + e.getMessage(), e);
    }
  }

  private void endFrame() throws IOException {
    if (expected >= 0 && expected != length) {
      throw new IOException("lz4: the frame says " + expected + " bytes, it has " + length);
    }
    if ((flags & CONTENT_CHECKSUM) != 0) {
      check("frame", input.littleInt(), contentHash.getValue());
    }
    inFrame = false;
    ended = input.isAtEnd();
  }

  private static void check(String what, int stored, int found) throws IOException {
    if (stored != found) {
      throw new IOException(
          "lz4: the %s says checksum %08x, its content has %08x".formatted(what, stored, found));
    }
  }

  @Override
  public void close() throws IOException {
    input.close();
  }
}
