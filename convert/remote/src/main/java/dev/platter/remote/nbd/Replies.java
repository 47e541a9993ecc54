package dev.platter.remote.nbd;

import dev.platter.image.Extent;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;

/** What a server sends back. Any thread calls; each message is sent whole. */
final class Replies {
  /** Zeros shorter than this are sent as bytes: a chunk of their own costs more. */
  private static final int MIN_HOLE_BYTES = 32 << 10;

  /** What is at least sent from where it lies, without being read first. */
  private static final int MIN_SENT_BYTES = 64 << 10;

  /** How many runs a block status tells at a time. */
  private static final int MAX_RUNS = 4096;

  private final Agreement agreement;
  private final NbdExport export;
  private final ReentrantLock sending = new ReentrantLock();
  private final Output output;

  Replies(SocketChannel channel, Agreement agreement) {
    this.agreement = agreement;
    this.export = agreement.export();
    this.output = new Output(channel, 256);
  }

  Agreement agreement() {
    return agreement;
  }

  /** The connection failed, not the request. */
  static final class ChannelException extends IOException {
    private static final long serialVersionUID = 1L;

    private final IOException cause;

    ChannelException(IOException cause) {
      super(cause);
      this.cause = cause;
    }

    IOException cause() {
      return cause;
    }
  }

  void done(Request request) throws IOException {
    sending.lock();
    try {
      if (agreement.structuredReplies()) {
        chunk(request, Protocol.NBD_REPLY_FLAG_DONE, Protocol.NBD_REPLY_TYPE_NONE, 0).send();
      } else {
        simple(request, 0).send();
      }
    } finally {
      sending.unlock();
    }
  }

  void error(Request request, Refusal refusal) throws IOException {
    sending.lock();
    try {
      if (agreement.structuredReplies()) {
        byte[] why = Output.bytes(refusal.why());
        chunk(
                request,
                Protocol.NBD_REPLY_FLAG_DONE,
                Protocol.NBD_REPLY_TYPE_ERROR,
                Integer.BYTES + Short.BYTES + why.length)
            .putInt(refusal.error())
            .putShort(why.length)
            .putBytes(why)
            .send();
      } else {
        simple(request, refusal.error()).send();
      }
    } finally {
      sending.unlock();
    }
  }

  /**
   * Reads and sends, a buffer at a time.
   *
   * @throws ChannelException if the client cannot be told any more
   * @throws IOException if the disk could not be read; nothing is told yet
   */
  void read(Request request, MemorySegment buffer) throws IOException {
    if (!agreement.structuredReplies()) {
      readSimple(request, buffer);
    } else if (request.length() == 0) {
      send(() -> done(request));
    } else if (request.has(Protocol.NBD_CMD_FLAG_DF)) {
      if (request.length() > buffer.byteSize()) {
        send(() ->
            error(
                request, new Refusal(Protocol.EOVERFLOW, "too long to be answered in one piece")));
        return;
      }
      readPart(request, request.offset(), buffer);
    } else {
      readChunks(request, buffer);
    }
  }

  private void readSimple(Request request, MemorySegment buffer) throws IOException {
    long at = request.offset();
    export.read(at, buffer);
    sending.lock();
    try {
      MemorySegment part = buffer;
      send(() -> simple(request, 0).send(buffer));
      at += part.byteSize();
      while (at < request.end()) {
        part = buffer.asSlice(0, Math.min(buffer.byteSize(), request.end() - at));
        try {
          export.read(at, part);
        } catch (IOException e) {
          // The client has been told that all is well: there is no way but to hang up.
          throw new ChannelException(e);
        }
        MemorySegment next = part;
        send(() -> output.send(next));
        at += part.byteSize();
      }
    } finally {
      sending.unlock();
    }
  }

  private void readChunks(Request request, MemorySegment buffer) throws IOException {
    long at = request.offset();
    while (at < request.end()) {
      long limit = Math.min(request.end(), at + buffer.byteSize());
      long hole = holeEnd(at, request.end());
      if (hole > at) {
        hole(request, at, hole - at);
        at = hole;
      } else {
        long end = nextHole(at, limit, request.end());
        readPart(request, at, buffer.asSlice(0, end - at));
        at = end;
      }
    }
  }

  /** Where the zeros at {@code at} end; {@code at} where there are none worth a chunk. */
  private long holeEnd(long at, long end) throws IOException {
    if (end - at < MIN_HOLE_BYTES) {
      return at;
    }
    long zeros = at;
    while (zeros < end) {
      Extent extent = export.extentAt(zeros, end);
      if (!extent.readsZero()) {
        break;
      }
      zeros = extent.end();
    }
    return zeros - at >= MIN_HOLE_BYTES ? zeros : at;
  }

  /**
   * Where the first zeros behind {@code at} begin that are worth a chunk, {@code limit} at most.
   */
  private long nextHole(long at, long limit, long end) throws IOException {
    if (limit - at <= MIN_HOLE_BYTES) {
      return limit;
    }
    long next = export.extentAt(at, limit).end();
    while (next < limit && holeEnd(next, end) == next) {
      next = export.extentAt(next, limit).end();
    }
    return next;
  }

  private void readPart(Request request, long at, MemorySegment part) throws IOException {
    Extent.Data stored =
        part.byteSize() >= MIN_SENT_BYTES ? export.storedAt(at, part.byteSize()) : null;
    if (stored == null) {
      export.read(at, part);
    }
    int flags = at + part.byteSize() == request.end() ? Protocol.NBD_REPLY_FLAG_DONE : 0;
    send(() ->
        chunk(
                request,
                flags,
                Protocol.NBD_REPLY_TYPE_OFFSET_DATA,
                Long.BYTES + (int) part.byteSize())
            .putLong(at)
            .send(part, stored));
  }

  private void hole(Request request, long at, long length) throws IOException {
    int flags = at + length == request.end() ? Protocol.NBD_REPLY_FLAG_DONE : 0;
    send(() ->
        chunk(request, flags, Protocol.NBD_REPLY_TYPE_OFFSET_HOLE, Long.BYTES + Integer.BYTES)
            .putLong(at)
            .putInt((int) length)
            .send());
  }

  /** Tells what is where, one chunk for each context. */
  void status(Request request) throws IOException {
    int contexts = agreement.contexts().size();
    for (int i = 0; i < contexts; i++) {
      int[] runs = runs(request, agreement.contexts().get(i));
      int flags = i == contexts - 1 ? Protocol.NBD_REPLY_FLAG_DONE : 0;
      int number = i + 1;
      send(() -> {
        chunk(
                request,
                flags,
                Protocol.NBD_REPLY_TYPE_BLOCK_STATUS,
                Integer.BYTES * (1 + runs.length))
            .putInt(number);
        for (int each : runs) {
          output.putInt(each);
        }
        output.send();
      });
    }
  }

  /** Lengths and flags in turn; neighbours differ in their flags. */
  private int[] runs(Request request, StatusContext context) throws IOException {
    int most = request.has(Protocol.NBD_CMD_FLAG_REQ_ONE) ? 1 : MAX_RUNS;
    int[] runs = new int[2 * MAX_RUNS];
    int count = 0;
    long at = request.offset();
    while (at < request.end()) {
      StatusContext.Status status = context.at(at, request.end());
      if (count > 0 && runs[2 * count - 1] == status.flags()) {
        runs[2 * count - 2] += (int) (status.end() - at);
      } else if (count < most) {
        runs[2 * count] = (int) (status.end() - at);
        runs[2 * count + 1] = status.flags();
        count++;
      } else {
        break;
      }
      at = status.end();
    }
    return java.util.Arrays.copyOf(runs, 2 * count);
  }

  /**
   * Sends one message, and tells what goes wrong with the connection from what fails on the disk.
   */
  private void send(Message message) throws ChannelException {
    sending.lock();
    try {
      message.send();
    } catch (IOException e) {
      throw new ChannelException(e);
    } finally {
      sending.unlock();
    }
  }

  /** One message. */
  @FunctionalInterface
  private interface Message {
    void send() throws IOException;
  }

  private Output simple(Request request, int error) {
    return output.putInt(Protocol.NBD_SIMPLE_REPLY_MAGIC).putInt(error).putLong(request.cookie());
  }

  private Output chunk(Request request, int flags, int type, int length) {
    return output
        .putInt(Protocol.NBD_STRUCTURED_REPLY_MAGIC)
        .putShort(flags)
        .putShort(type)
        .putLong(request.cookie())
        .putInt(length);
  }
}
