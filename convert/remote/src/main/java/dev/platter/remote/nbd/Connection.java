package dev.platter.remote.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.SocketChannel;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection of a client, used by many threads at a time. There is no thread of its own: of
 * those that wait for replies one reads; when it meets the reply of another, it lets that one go
 * on, so that each thread reads its bytes into its own memory. Once something is wrong with a
 * connection it stays so.
 */
final class Connection implements Closeable {
  private static final int MAX_REASON_BYTES = 4096;
  private static final int MAX_STATUS_BYTES = 1 << 20;

  private final String name;
  private final SocketChannel channel;
  private final Greeting.Offer offer;
  private final Input input;
  private final Output output;
  private final ReentrantLock sending = new ReentrantLock();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Call> calls = new HashMap<>();
  private long lastCookie;
  private boolean reading;
  private IOException broken;

  private Connection(String name, SocketChannel channel, Input input, Greeting.Offer offer) {
    this.name = name;
    this.channel = channel;
    this.input = input;
    this.output = new Output(channel, 512);
    this.offer = offer;
  }

  static Connection open(String name, NbdAddress address) throws IOException {
    SocketChannel channel = Sockets.connect(name, address.server());
    try {
      Greeting greeting = new Greeting(name, channel);
      Greeting.Offer offer = greeting.ask(address.export());
      return new Connection(name, channel, greeting.input(), offer);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  Greeting.Offer offer() {
    return offer;
  }

  /** A set of requests of the calling thread, none of them sent yet. */
  Call.Batch batch() {
    return new Call.Batch(lock.newCondition());
  }

  /**
   * Sends a request.
   *
   * @param target where a read's bytes go; else {@link MemorySegment#NULL}
   * @param payload what a write sends; else {@link MemorySegment#NULL}
   */
  Call send(
      Call.Batch batch,
      int command,
      long offset,
      long length,
      MemorySegment target,
      MemorySegment payload)
      throws IOException {
    Call call = new Call(batch, command, offset, length, target);
    long cookie;
    lock.lock();
    try {
      checkUsable();
      cookie = ++lastCookie;
      calls.put(cookie, call);
      batch.open++;
    } finally {
      lock.unlock();
    }
    sending.lock();
    try {
      output
          .putInt(Protocol.NBD_REQUEST_MAGIC)
          .putShort(0)
          .putShort(command)
          .putLong(cookie)
          .putLong(offset)
          .putInt((int) length);
      if (payload.byteSize() > 0) {
        output.send(payload);
      } else {
        output.send();
      }
    } catch (IOException e) {
      throw fail(e);
    } finally {
      sending.unlock();
    }
    return call;
  }

  /**
   * Waits for the replies to all requests of a batch; what they say is in the calls.
   *
   * @throws NbdException if the connection is lost
   */
  void await(Call.Batch batch) throws IOException {
    lock.lock();
    try {
      while (batch.open > 0) {
        checkUsable();
        if (batch.next != null || !reading) {
          reading = true;
          lead(batch);
        } else {
          batch.waiting = true;
          batch.news.awaitUninterruptibly();
          batch.waiting = false;
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Sends a request without bytes and waits for its reply. */
  Call exchange(int command, long offset, long length, MemorySegment payload) throws IOException {
    Call.Batch batch = batch();
    Call call = send(batch, command, offset, length, MemorySegment.NULL, payload);
    await(batch);
    check(call);
    return call;
  }

  /**
   * @throws NbdException if the server answered with an error
   */
  void check(Call call) throws NbdException {
    if (call.error != 0) {
      throw new NbdException(
          name
              + ": the server answers a request at 0x"
              + Long.toHexString(call.offset)
              + " with: "
              + Protocol.meaning(call.error)
              + (call.reason.isEmpty() ? "" : " (" + Sockets.printable(call.reason) + ")"));
    }
  }

  /** Reads replies until the next one is another thread's or all of the batch are there. */
  private void lead(Call.Batch own) throws IOException {
    try {
      while (own.open > 0) {
        Call.ReplyHead head = own.next;
        own.next = null;
        if (head == null) {
          head = nextHead();
        }
        if (head.call().batch != own) {
          head.call().batch.next = head;
          head.call().batch.news.signal();
          return; // Replies are still being read: it is that thread's turn.
        }
        lock.unlock();
        try {
          take(head.call(), head);
        } finally {
          lock.lock();
        }
        if (head.call().done) {
          own.open--;
        }
      }
      reading = false;
      for (Call call : calls.values()) {
        if (call.batch.waiting) {
          call.batch.news.signal();
          break;
        }
      }
    } catch (IOException e) {
      throw fail(e);
    }
  }

  /** Reads the head of the next reply, with the lock given up meanwhile. */
  private Call.ReplyHead nextHead() throws IOException {
    boolean structured;
    int flags;
    int type;
    long cookie;
    int length;
    lock.unlock();
    try {
      int magic = input.readInt();
      structured = magic == Protocol.NBD_STRUCTURED_REPLY_MAGIC;
      if (!structured && magic != Protocol.NBD_SIMPLE_REPLY_MAGIC) {
        throw bad("a reply begins with 0x" + Integer.toHexString(magic));
      }
      flags = structured ? input.readShort() : Protocol.NBD_REPLY_FLAG_DONE;
      type = structured ? input.readShort() : input.readInt();
      cookie = input.readLong();
      length = structured ? input.readInt() : 0;
    } finally {
      lock.lock();
    }
    boolean last = (flags & Protocol.NBD_REPLY_FLAG_DONE) != 0;
    Call call = last ? calls.remove(cookie) : calls.get(cookie);
    if (call == null) {
      throw bad("a reply to no request");
    }
    return new Call.ReplyHead(call, structured, last, type, length);
  }

  /** Reads what belongs to a reply's head. */
  private void take(Call call, Call.ReplyHead head) throws IOException {
    if (!head.structured()) {
      if (call.command == Protocol.NBD_CMD_READ && head.type() == 0) {
        if (offer.structured()) {
          throw bad("a simple reply to a read, though chunks were agreed on");
        }
        input.readFully(call.target);
        call.received = call.length;
      }
      call.error = head.type();
      call.done = true;
      return;
    }
    chunk(call, head);
    if (head.last()) {
      boolean incomplete =
          call.command == Protocol.NBD_CMD_READ && call.error == 0 && call.received != call.length;
      if (incomplete) {
        throw bad("a read of " + call.length + " bytes got " + call.received);
      }
      call.done = true;
    }
  }

  private void chunk(Call call, Call.ReplyHead head) throws IOException {
    int length = head.length();
    switch (head.type()) {
      case Protocol.NBD_REPLY_TYPE_NONE -> expect(length == 0 && head.last(), head);
      case Protocol.NBD_REPLY_TYPE_OFFSET_DATA -> {
        expect(call.command == Protocol.NBD_CMD_READ && length > Long.BYTES, head);
        input.readFully(part(call, input.readLong(), length - Long.BYTES));
      }
      case Protocol.NBD_REPLY_TYPE_OFFSET_HOLE -> {
        expect(call.command == Protocol.NBD_CMD_READ && length == Long.BYTES + Integer.BYTES, head);
        long offset = input.readLong();
        part(call, offset, Integer.toUnsignedLong(input.readInt())).fill((byte) 0);
      }
      case Protocol.NBD_REPLY_TYPE_BLOCK_STATUS -> {
        expect(
            call.command == Protocol.NBD_CMD_BLOCK_STATUS
                && call.runs == null
                && length >= 3 * Integer.BYTES
                && length <= MAX_STATUS_BYTES
                && length % (2 * Integer.BYTES) == Integer.BYTES,
            head);
        int context = input.readInt();
        int[] runs = new int[length / Integer.BYTES - 1];
        for (int i = 0; i < runs.length; i++) {
          runs[i] = input.readInt();
        }
        if (context == offer.allocationContext()) {
          call.runs = runs;
        }
      }
      default -> {
        boolean isError = (head.type() & 1 << 15) != 0;
        expect(
            isError
                && call.error == 0
                && length >= Integer.BYTES + Short.BYTES
                && length <= 64 << 10,
            head);
        int error = input.readInt();
        int words = input.readShort();
        expect(words <= length - Integer.BYTES - Short.BYTES && words <= MAX_REASON_BYTES, head);
        String reason = input.readText(words);
        input.skip(length - Integer.BYTES - Short.BYTES - words);
        call.error = error == 0 ? Protocol.EIO : error;
        call.reason = reason;
      }
    }
  }

  private void expect(boolean holds, Call.ReplyHead head) throws NbdException {
    if (!holds) {
      throw bad("a chunk of type " + head.type() + " with " + head.length() + " bytes");
    }
  }

  /** The part of the caller's memory that a chunk fills. */
  private MemorySegment part(Call call, long offset, long length) throws NbdException {
    long at = offset - call.offset;
    boolean inside = offset >= call.offset && at <= call.length && length <= call.length - at;
    if (!inside || length < 1 || length > call.length - call.received) {
      throw bad("a chunk that is not what was asked for, or is that twice");
    }
    call.received += length;
    return call.target.asSlice(at, length);
  }

  private NbdException bad(String what) {
    return new NbdException(name + ": " + what);
  }

  private void checkUsable() throws IOException {
    if (broken != null) {
      throw new NbdException(name + ": the connection is lost: " + broken.getMessage(), broken);
    }
  }

  /** Gives the connection up: whoever waits learns it. */
  private IOException fail(IOException why) {
    lock.lock();
    try {
      if (broken == null) {
        broken = why;
      }
      for (Call call : calls.values()) {
        call.batch.news.signal();
      }
    } finally {
      lock.unlock();
    }
    try {
      channel.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
    return why instanceof NbdException
        ? why
        : new NbdException(name + ": " + why.getMessage(), why);
  }

  /** Says goodbye. No request is under way. */
  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      if (broken == null) {
        output
            .putInt(Protocol.NBD_REQUEST_MAGIC)
            .putShort(0)
            .putShort(Protocol.NBD_CMD_DISC)
            .putLong(0)
            .putLong(0)
            .putInt(0);
        output.send();
        broken = new NbdException(name + ": closed");
      }
    } catch (IOException e) {
      // The server is gone already; what had to be flushed was.
    } finally {
      lock.unlock();
    }
    channel.close();
  }
}
