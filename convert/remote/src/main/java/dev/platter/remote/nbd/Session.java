package dev.platter.remote.nbd;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection after the handshake. Its threads take turns: one waits for the next request, the
 * others deal with theirs; whoever has received one lets the next thread wait. So requests overlap
 * without being handed from thread to thread, and replies come in any order.
 */
final class Session {
  /** What a thread holds of one request at a time, bytes. */
  private static final int BUFFER_BYTES = 1 << 20;

  private static final int SMALL_BUFFER_BYTES = 64 << 10;

  private final SocketChannel channel;
  private final Input input;
  private final NbdExport export;
  private final NbdServer.Settings settings;
  private final Replies replies;
  private final ReentrantLock receiving = new ReentrantLock();
  private final AtomicInteger idle = new AtomicInteger();
  private final List<Thread> helpers = new ArrayList<>();
  private boolean ended;
  private IOException failure;

  Session(SocketChannel channel, Input input, Agreement agreement, NbdServer.Settings settings) {
    this.channel = channel;
    this.input = input;
    this.export = agreement.export();
    this.settings = settings;
    this.replies = new Replies(channel, agreement);
  }

  /**
   * Serves until the client is gone and nothing of this connection runs any more.
   *
   * @throws IOException if it did not say goodbye
   */
  void run() throws IOException {
    work();
    for (Thread helper : List.copyOf(helpers)) {
      boolean interrupted = false;
      while (helper.isAlive()) {
        try {
          helper.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  private void work() {
    try (Worker worker = new Worker()) {
      while (worker.serveOne()) {
        // All is done there.
      }
    } catch (ClosedChannelException e) {
      end(null);
    } catch (IOException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      end(new NbdException("internal error: " + e, e));
    }
  }

  private void end(IOException why) {
    synchronized (this) {
      if (failure == null && !ended) {
        failure = why;
      }
      ended = true;
    }
    try {
      channel.close(); // wakes whoever waits for a request
    } catch (IOException e) {
      // It is closed all the same.
    }
  }

  private synchronized boolean hasEnded() {
    return ended;
  }

  /** Lets another thread wait for the next request while this one deals with what it has. */
  private void callNext() {
    if (idle.get() > 0) {
      return;
    }
    synchronized (this) {
      if (!ended && helpers.size() + 1 < settings.threadsPerConnection()) {
        Thread helper =
            Thread.ofPlatform()
                .name("nbd-connection-" + (helpers.size() + 1))
                .daemon()
                .unstarted(this::work);
        helpers.add(helper);
        helper.start();
      }
    }
  }

  /** One thread's part: its memory, and what it does with a request. */
  private final class Worker implements AutoCloseable {
    private Arena arena = Arena.ofConfined();
    private MemorySegment buffer = arena.allocate(SMALL_BUFFER_BYTES, 4096);

    /** Waits for a request and deals with it; false once there are no more. */
    boolean serveOne() throws IOException {
      idle.incrementAndGet();
      receiving.lock();
      Request request;
      Refusal refusal = null;
      try {
        idle.decrementAndGet();
        if (hasEnded()) {
          return false;
        }
        if (input.atEnd()) {
          end(null); // without a word, as many do: nothing is half done between two requests
          return false;
        }
        request = Request.read(input);
        if (request.command() == Protocol.NBD_CMD_DISC) {
          end(null);
          return false;
        }
        refusal = Refusal.of(request, export, replies.agreement());
        if (request.command() == Protocol.NBD_CMD_WRITE) {
          refusal = receive(request, refusal);
        }
      } finally {
        receiving.unlock();
      }
      callNext();
      if (refusal == null) {
        carryOut(request);
      } else {
        replies.error(request, refusal);
      }
      return true;
    }

    /**
     * Takes a write's payload, of which all but the last part is written at once, so that a request
     * of any length takes one buffer; a request that is refused is passed over.
     */
    private Refusal receive(Request request, Refusal refused) throws IOException {
      if (request.length() > Protocol.MAX_PAYLOAD_BYTES) {
        throw new NbdException("a write of " + request.length() + " bytes");
      }
      if (refused != null) {
        input.skip(request.length());
        return refused;
      }
      Refusal refusal = null;
      long at = request.offset();
      while (request.end() - at > BUFFER_BYTES) {
        MemorySegment part = buffer(BUFFER_BYTES);
        input.readFully(part);
        if (refusal == null) {
          try {
            export.write(at, part);
          } catch (IOException e) {
            refusal = failed(e);
          }
        }
        at += BUFFER_BYTES;
      }
      input.readFully(buffer(request.end() - at));
      return refusal;
    }

    private Refusal failed(IOException e) {
      settings.listener().requestFailed(export, e);
      return Refusal.of(e);
    }

    private void carryOut(Request request) throws IOException {
      try {
        switch (request.command()) {
          case Protocol.NBD_CMD_READ -> {
            replies.read(request, buffer(Math.min(request.length(), BUFFER_BYTES)));
            return;
          }
          case Protocol.NBD_CMD_BLOCK_STATUS -> {
            replies.status(request);
            return;
          }
          case Protocol.NBD_CMD_WRITE -> {
            long done =
                request.length() == 0 ? 0 : (request.length() - 1) / BUFFER_BYTES * BUFFER_BYTES;
            export.write(request.offset() + done, buffer(request.length() - done));
          }
          case Protocol.NBD_CMD_WRITE_ZEROES ->
              export.zero(
                  request.offset(),
                  request.length(),
                  request.has(Protocol.NBD_CMD_FLAG_NO_HOLE)
                      ? NbdExport.ZeroUse.KEEP_ALLOCATED
                      : NbdExport.ZeroUse.MAY_PUNCH);
          case Protocol.NBD_CMD_TRIM -> export.discard(request.offset(), request.length());
          default -> export.flush();
        }
        if (request.has(Protocol.NBD_CMD_FLAG_FUA)) {
          export.flush();
        }
      } catch (Replies.ChannelException e) {
        throw e.cause();
      } catch (IOException e) {
        replies.error(request, failed(e));
        return;
      }
      replies.done(request);
    }

    private MemorySegment buffer(long bytes) {
      if (bytes > buffer.byteSize()) {
        arena.close();
        arena = Arena.ofConfined();
        buffer = arena.allocate(BUFFER_BYTES, 4096);
      }
      return buffer.asSlice(0, bytes);
    }

    @Override
    public void close() {
      arena.close();
    }
  }
}
