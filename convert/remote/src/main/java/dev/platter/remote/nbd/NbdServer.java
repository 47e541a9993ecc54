package dev.platter.remote.nbd;

import java.io.Closeable;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Offers disks to NBD clients on one address, until it is closed. A connection is served by a few
 * threads of its own; what a client does wrong ends its connection and nothing else.
 */
public final class NbdServer implements Closeable {
  private static final int MAX_BACKLOG = 64;

  private final ServerSocketChannel listener;
  private final SocketAddress address;
  private final Path socketFile;
  private final List<NbdExport> exports;
  private final Settings settings;
  private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * How a server treats its clients.
   *
   * @param maxConnections how many may be connected at a time; further ones are turned away
   * @param threadsPerConnection how many requests of one connection are dealt with at a time
   * @param listener is told of connections, on their threads
   */
  public record Settings(int maxConnections, int threadsPerConnection, Listener listener) {
    /** Room for 32 connections, of which each takes at most 4 MiB. */
    public static final Settings DEFAULT = new Settings(32, 4, new Listener() {});
  }

  /** Is told of connections, on their threads. */
  public interface Listener {
    /** A client has chosen a disk. */
    default void connected(NbdExport export) {}

    /**
     * A client is gone.
     *
     * @param failure what it, or the way to it, did wrong; null: it said goodbye
     * @param left how many are still connected
     */
    default void disconnected(IOException failure, int left) {}

    /** A request failed with more to say than its error number tells the client. */
    default void requestFailed(NbdExport export, IOException failure) {}
  }

  private NbdServer(
      ServerSocketChannel listener, Path socketFile, List<NbdExport> exports, Settings settings)
      throws IOException {
    this.listener = listener;
    this.address = listener.getLocalAddress();
    this.socketFile = socketFile;
    this.exports = List.copyOf(exports);
    this.settings = settings;
  }

  /**
   * Begins to listen; clients that connect wait until {@link #run}.
   *
   * @param address of a network or a Unix domain; the file of the latter must not be there, unless
   *     it was left by a server that is gone
   * @param exports what is offered; they stay the caller's. The only one may be asked for by no
   *     name
   */
  public static NbdServer listen(SocketAddress address, List<NbdExport> exports, Settings settings)
      throws IOException {
    boolean unix = address instanceof UnixDomainSocketAddress;
    ServerSocketChannel listener =
        unix ? ServerSocketChannel.open(StandardProtocolFamily.UNIX) : ServerSocketChannel.open();
    try {
      Path file = unix ? ((UnixDomainSocketAddress) address).getPath() : null;
      if (unix) {
        removeStale(file);
      } else {
        listener.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      }
      listener.bind(address, MAX_BACKLOG);
      return new NbdServer(listener, file, exports, settings);
    } catch (Throwable e) {
      listener.close();
      throw e;
    }
  }

  private static void removeStale(Path file) throws IOException {
    if (!Files.exists(file)) {
      return;
    }
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(file))) {
      throw new NbdException(file + ": another server listens there");
    } catch (java.net.ConnectException e) {
      Files.delete(file); // A socket that nobody listens on.
    } catch (java.net.SocketException e) {
      throw new NbdException(file + ": a file of that name exists and is no socket", e);
    }
  }

  /** Where it listens, or did before it was closed. */
  public SocketAddress address() {
    return address;
  }

  /** Serves until {@link #close}, which another thread calls. */
  public void run() throws IOException {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        if (open.size() >= settings.maxConnections()) {
          channel.close();
          continue;
        }
        open.add(channel);
        Thread thread =
            Thread.ofPlatform().name("nbd-connection").daemon().unstarted(() -> serve(channel));
        threads.add(thread);
        thread.start();
      }
    } catch (ClosedChannelException e) {
      if (!closed) {
        throw e;
      }
    }
  }

  private void serve(SocketChannel channel) {
    IOException failure = null;
    try (channel) {
      if (socketFile == null) {
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      }
      Negotiation negotiation = new Negotiation(channel, exports);
      Agreement agreement = negotiation.within(channel);
      if (agreement != null) {
        settings.listener().connected(agreement.export());
        new Session(channel, negotiation.input(), agreement, settings).run();
      }
    } catch (IOException e) {
      failure = closed ? null : e;
    } finally {
      open.remove(channel);
      threads.remove(Thread.currentThread());
      settings.listener().disconnected(failure, open.size());
    }
  }

  /**
   * Stops listening, ends all connections, and waits until no request is being dealt with. The
   * exports may be closed then.
   */
  @Override
  public void close() throws IOException {
    closed = true;
    try (listener) {
      if (socketFile != null) {
        Files.deleteIfExists(socketFile);
      }
    }
    for (SocketChannel channel : open) {
      channel.close();
    }
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive() && thread != Thread.currentThread()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
