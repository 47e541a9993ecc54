package dev.platter.wrap;

import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** One deflate stream after the other. */
final class DeflatedPart extends Unpacked {
  private final PackedInput input;
  private final Inflater inflater = new Inflater(true);

  DeflatedPart(PackedInput input) {
    this.input = input;
  }

  /** Begins with the next stream. */
  void start() {
    inflater.reset();
  }

  /**
   * Inflates some bytes.
   *
   * @return -1 at the end of the stream; the input stands right behind it then
   */
  @Override
  public int read(byte[] target, int offset, int count) throws IOException {
    while (true) {
      if (inflater.needsInput()) {
        if (input.isAtEnd()) {
          throw PackedInput.endsEarly();
        }
        inflater.setInput(input.array(), input.position(), input.limit() - input.position());
      }
      if (count == 0) {
        return 0;
      }
      int done;
      try {
        done = inflater.inflate(target, offset, count);
      } catch (DataFormatException e) {
        throw new IOException("deflate: " + e.getMessage(), e);
      }
      input.moveTo(input.limit() - inflater.getRemaining());
      if (done > 0) {
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

  @Override
  public void close() throws IOException {
    inflater.end();
    input.close();
  }
}
