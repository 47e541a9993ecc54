package dev.platter.service;

import dev.platter.convert.Cancellation;
import dev.platter.service.inspect.ImageInspector;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.function.LongConsumer;

/**
 * The bytes of an image as they come in: counted against the cap and the clock, shown to an
 * inspector, told to a listener.
 */
final class MeteredChannel implements ReadableByteChannel {
  private final ReadableByteChannel channel;
  private final long cap;
  private final Watch watch;
  private final Cancellation cancellation;
  private final Pace.Meter pace;
  private long count;

  /** Looks at bytes that pass by; an exception stops them. */
  interface Watch {
    /** The next bytes; all that remain in the buffer may be consumed. */
    void passed(ByteBuffer bytes) throws IOException;

    /** Nobody looks. */
    static Watch none() {
      return bytes -> {};
    }

    /** An inspector, then a listener who is told how many bytes there were so far. */
    static Watch inspecting(ImageInspector inspector, LongConsumer listener) {
      long[] count = {0};
      return bytes -> {
        count[0] += bytes.remaining();
        inspector.feed(bytes);
        listener.accept(count[0]);
      };
    }
  }

  MeteredChannel(
      ReadableByteChannel channel, long cap, Pace pace, Watch watch, Cancellation cancellation) {
    this.pace = pace.start();
    this.channel = channel;
    this.cap = cap;
    this.watch = watch;
    this.cancellation = cancellation;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    if (cancellation.isCancelled()) {
      throw new ImportException(ImportException.Reason.CANCELLED, "the import was cancelled");
    }
    int from = target.position();
    int got = read(channel, target);
    pace.passed(Math.max(0, got));
    if (got > 0) {
      count += got;
      if (count > cap) {
        throw new ImportException(
            ImportException.Reason.TOO_LARGE, "the image has more than " + cap + " bytes");
      }
      watch.passed(target.duplicate().flip().position(from));
    }
    return got;
  }

  /** A stream that a cancellation has cut is no broken stream. */
  private int read(ReadableByteChannel from, ByteBuffer target) throws IOException {
    try {
      return from.read(target);
    } catch (IOException e) {
      throw cancellation.isCancelled()
          ? new ImportException(ImportException.Reason.CANCELLED, "the import was cancelled", e)
          : e;
    }
  }

  /** How many bytes there were. */
  long count() {
    return count;
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
