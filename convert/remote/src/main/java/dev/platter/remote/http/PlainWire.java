package dev.platter.remote.http;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * A TCP connection. Bytes go from the system right into the reader's memory, as many at a time as
 * there are; the selector is asked only while there are none.
 */
final class PlainWire implements Wire {
  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final Duration timeout;

  private PlainWire(SocketChannel channel, Selector selector, SelectionKey key, Duration timeout) {
    this.channel = channel;
    this.selector = selector;
    this.key = key;
    this.timeout = timeout;
  }

  /**
   * One that leads nowhere yet.
   *
   * @param timeout how long nothing may come or go
   */
  static PlainWire open(Duration timeout) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      Selector selector = Selector.open();
      return new PlainWire(channel, selector, channel.register(selector, 0), timeout);
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  void connect(InetSocketAddress address) throws IOException {
    if (!channel.connect(address)) {
      do {
        await(SelectionKey.OP_CONNECT);
      } while (!channel.finishConnect());
    }
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    while (true) {
      int count = channel.read(target);
      if (count != 0) {
        return count;
      }
      await(SelectionKey.OP_READ);
    }
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    while (source.hasRemaining()) {
      if (channel.write(source) == 0) {
        await(SelectionKey.OP_WRITE);
      }
    }
  }

  private void await(int operation) throws IOException {
    try {
      key.interestOps(operation);
      long begun = System.nanoTime();
      while (selector.selectedKeys().isEmpty()) {
        long left = timeout.toMillis() - TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        if (left <= 0) {
          throw new SocketTimeoutException("nothing happened for " + timeout.toSeconds() + " s");
        }
        selector.select(left);
        if (Thread.currentThread().isInterrupted()) {
          throw new IOException("interrupted");
        }
      }
      selector.selectedKeys().clear();
    } catch (ClosedSelectorException | CancelledKeyException e) {
      throw (IOException) new ClosedChannelException().initCause(e);
    }
  }

  @Override
  public boolean isQuiet() {
    try {
      return channel.read(ByteBuffer.allocate(1)) == 0;
    } catch (IOException e) {
      return false;
    }
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    try (selector) { // which gives the descriptor back
      channel.close();
    } catch (IOException e) {
      // Nobody waits for anything from it any more.
    }
  }
}
