package dev.platter.convert;

import dev.platter.image.wrap.Wrapping;
import dev.platter.storage.SequentialStorage;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.OptionalLong;

/**
 * Wraps what is written to it, in order, and puts that into a target. Until it is {@linkplain
 * #complete() completed}, what arrived there is no whole file and does not look like one.
 */
final class Packer implements WritableByteChannel {
  private static final int PART = 1 << 17;

  private final WritableStorage target;
  private final OutputStream stream;
  private final byte[] part = new byte[PART];
  private long position;
  private boolean abandoned;
  private boolean closed;

  /**
   * @param target stays the caller's; written in ascending order
   */
  Packer(WritableStorage target, Wrapping wrapping, OptionalLong size, int level, int threads)
      throws IOException {
    this.target = target;
    this.stream = wrapping.wrap(new Sink(), size, level, threads);
  }

  /** The storage to write to; closing it gives up what was not completed. */
  SequentialStorage storage() {
    return new SequentialStorage(target.name(), this);
  }

  @Override
  public int write(ByteBuffer source) throws IOException {
    int length = Math.min(source.remaining(), PART);
    source.get(part, 0, length);
    stream.write(part, 0, length);
    return length;
  }

  /** Writes the end of the wrapped file. */
  void complete() throws IOException {
    closed = true;
    stream.close();
    if (target.size() > position) {
      target.truncate(position); // written in place over something longer
    }
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      abandoned = true;
      closed = true;
      stream.close();
    }
  }

  private final class Sink extends OutputStream {
    @Override
    public void write(int value) throws IOException {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (!abandoned) {
        target.write(position, MemorySegment.ofArray(bytes).asSlice(offset, length));
        position += length;
      }
    }
  }
}
