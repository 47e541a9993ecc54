package dev.platter.codec.bzip2;

import java.io.IOException;
import java.io.InputStream;

/** The streams of a bzip2 file, one after the other, block by block. For one thread at a time. */
public final class Bzip2Stream extends InputStream {
  /** With what each stream begins: "BZh". */
  public static final int MAGIC = 0x42_5a_68;

  private static final long BLOCK_MAGIC = 0x3141_5926_5359L;
  private static final long END_MAGIC = 0x1772_4538_5090L;
  private static final int LEVEL_BYTES = 100_000;

  private final Bzip2Bits bits;
  private final boolean single;
  private Bzip2Block block;
  private boolean inStream;
  private boolean inBlock;
  private boolean ended;
  private int crc;

  /** Reads all streams of a file, which is closed with this. */
  public Bzip2Stream(InputStream packed) {
    this(packed, false);
  }

  /**
   * Reads a file, which is closed with this.
   *
   * @param single whether the first stream is all, whatever follows it
   */
  public Bzip2Stream(InputStream packed, boolean single) {
    this.bits = new Bzip2Bits(packed);
    this.single = single;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    while (!ended) {
      if (inBlock) {
        int count = block.write(target, offset, length);
        if (count > 0) {
          return count;
        }
        endBlock();
      } else if (inStream) {
        next();
      } else {
        beginStream();
      }
    }
    return -1;
  }

  private void beginStream() throws IOException {
    int magic = bits.take(24);
    int level = bits.take(8) - '0';
    if (magic != MAGIC || level < 1 || level > 9) {
      throw new IOException("bzip2: no stream begins with 0x%06x".formatted(magic));
    }
    if (block == null || block.capacity() != level * LEVEL_BYTES) {
      block = new Bzip2Block(level * LEVEL_BYTES);
    }
    crc = 0;
    inStream = true;
  }

  private void next() throws IOException {
    long magic = bits.takeMagic();
    if (magic == BLOCK_MAGIC) {
      block.read(bits);
      inBlock = true;
    } else if (magic == END_MAGIC) {
      check("stream", bits.take(32), crc);
      bits.align();
      inStream = false;
      ended = single || bits.isAtEnd();
    } else {
      throw new IOException("bzip2: no block begins with 0x" + Long.toHexString(magic));
    }
  }

  private void endBlock() throws IOException {
    check("block", block.storedCrc(), block.crc());
    crc = Integer.rotateLeft(crc, 1) ^ block.crc();
    inBlock = false;
  }

  private static void check(String what, int stored, int found) throws IOException {
    if (stored != found) {
      throw new IOException(
          "bzip2: the %s says CRC %08x, its content has %08x".formatted(what, stored, found));
    }
  }

  @Override
  public void close() throws IOException {
    bits.close();
  }

  /** How many bytes the streams took that have been read to their ends. */
  public long taken() {
    return bits.taken();
  }
}
