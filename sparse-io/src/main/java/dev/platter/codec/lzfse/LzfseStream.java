package dev.platter.codec.lzfse;

import java.io.IOException;

/**
 * LZFSE, as its authors published it: blocks one after the other, each with four bytes of magic and
 * the length that it decodes to, and an end mark. A block holds bytes as they are ({@code bvx-}),
 * LZVN ({@code bvxn}), or LZFSE with its tables plain ({@code bvx1}) or packed ({@code bvx2}).
 * Matches may reach into the blocks before. Keeps its tables for the next stream; for one thread at
 * a time.
 */
public final class LzfseStream {
  private static final int END = 0x24787662;
  private static final int PLAIN = 0x2d787662;
  private static final int LZFSE_1 = 0x31787662;
  private static final int LZFSE_2 = 0x32787662;
  private static final int LZVN = 0x6e787662;

  private final LzfseBlock block = new LzfseBlock();

  /**
   * Fills the first bytes of {@code to} with what the stream at the beginning of {@code from}
   * decodes to.
   *
   * @return how many bytes the stream took
   * @throws IOException if it is damaged, or decodes to fewer or more bytes
   */
  public int decode(byte[] from, int sourceLength, byte[] to, int targetLength) throws IOException {
    LzfseInput input = new LzfseInput(from, sourceLength);
    int done = 0;
    while (true) {
      int magic = input.nextInt();
      if (magic == END) {
        if (done < targetLength) {
          throw new IOException("lzfse stream decodes to fewer than " + targetLength + " bytes");
        }
        return input.position();
      }
      long length = input.nextInt() & 0xffff_ffffL;
      if (length > targetLength - done) {
        throw new IOException("lzfse stream decodes to more than " + targetLength + " bytes");
      }
      int end = done + (int) length;
      switch (magic) {
        case PLAIN -> System.arraycopy(from, input.take((int) length), to, done, (int) length);
        case LZVN -> LzvnBlock.decode(input, to, done, end);
        case LZFSE_1 -> block.decode(LzfseHeader.readPlain(input), input, to, done, end);
        case LZFSE_2 -> block.decode(LzfseHeader.readPacked(input), input, to, done, end);
        default ->
            throw new IOException("lzfse block of unknown kind 0x" + Integer.toHexString(magic));
      }
      done = end;
    }
  }

  /** Copies a match byte by byte where it reaches into what it writes. */
  static void copyMatch(byte[] bytes, int at, int distance, int length) {
    if (distance >= length) {
      System.arraycopy(bytes, at - distance, bytes, at, length);
      return;
    }
    for (int i = at; i < at + length; i++) {
      bytes[i] = bytes[i - distance];
    }
  }
}
