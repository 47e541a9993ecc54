package dev.platter.wrap;

import java.io.Closeable;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** One deflate stream after the other, each with its CRC-32 and its length. */
final class DeflatedPart implements Closeable {
  private final PackedInput input;
  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private long length;

  DeflatedPart(PackedInput input) {
    this.input = input;
  }

  /** Begins with the next stream. */
  void start() {
    inflater.reset();
    crc.reset();
    length = 0;
  }

  /**
   * Inflates some bytes.
   *
   * @return -1 at the end of the stream; the input stands right behind it then
   */
  int read(byte[] target, int offset, int count) throws IOException {
    while (true) {
      if (inflater.needsInput()) {
        if (input.isAtEnd()) {
          throw PackedInput.endsEarly();
        }
        inflater.setInput(input.array(), input.position(), input.limit() - input.position());
      }
      int done;
      try {
        done = inflater.inflate(target, offset, count);
      } catch (DataFormatException e) {
        throw new IOException("deflate: " + e.getMessage(), e);
      }
      input.moveTo(input.limit() - inflater.getRemaining());
      if (done > 0) {
        crc.update(target, offset, done);
        length += done;
        return done;
      }
      if (inflater.finished()) {
        return -1;
      }
      if (inflater.needsDictionary()) {
        throw new IOException("deflate: the stream wants a dictionary");
      }
    }
  }

  /** The CRC-32 of what was inflated since {@link #start}. */
  int crc() {
    return (int) crc.getValue();
  }

  /** The bytes inflated since {@link #start}. */
  long length() {
    return length;
  }

  @Override
  public void close() throws IOException {
    inflater.end();
    input.close();
  }
}
