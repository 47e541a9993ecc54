package dev.platter.wrap;

import dev.platter.archive.TarHeader;
import java.io.IOException;
import java.io.OutputStream;

/** A tar archive in GNU's own form with one file in it, of a size that is known. */
final class TarOutput extends OutputStream {
  /** Archives end at a multiple of this, after at least two blocks of zeros. */
  private static final int RECORD = 20 * TarHeader.BLOCK;

  private final OutputStream target;
  private final long size;
  private long written;

  TarOutput(OutputStream target, String name, long size) throws IOException {
    this.target = target;
    this.size = size;
    // The time would make other bytes of the same disk.
    target.write(new TarHeader(name, size, '0').toGnuBlock(0));
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length > size - written) {
      throw new IOException("tar: more than the " + size + " bytes that were told before");
    }
    target.write(bytes, offset, length);
    written += length;
  }

  @Override
  public void flush() throws IOException {
    target.flush();
  }

  @Override
  public void close() throws IOException {
    try (target) {
      if (written < size) {
        throw new IOException("tar: " + written + " of " + size + " bytes were written");
      }
      long end = TarHeader.BLOCK + size;
      long whole =
          Math.ceilDiv(
              Math.ceilDiv(end, TarHeader.BLOCK) * (long) TarHeader.BLOCK + 2 * TarHeader.BLOCK,
              RECORD);
      target.write(new byte[(int) (whole * RECORD - end)]);
    }
  }
}
