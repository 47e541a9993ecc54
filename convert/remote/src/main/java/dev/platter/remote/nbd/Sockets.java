package dev.platter.remote.nbd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;

/** Connecting, and what a stranger's words may look like on a terminal. */
final class Sockets {
  private Sockets() {}

  /**
   * @param name how errors call the server
   */
  static SocketChannel connect(String name, SocketAddress server) throws IOException {
    try {
      if (server instanceof UnixDomainSocketAddress) {
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        return connected(channel, server);
      }
      InetSocketAddress unresolved = (InetSocketAddress) server;
      InetSocketAddress resolved =
          new InetSocketAddress(unresolved.getHostString(), unresolved.getPort());
      if (resolved.isUnresolved()) {
        throw new IOException("unknown host '" + unresolved.getHostString() + "'");
      }
      SocketChannel channel = SocketChannel.open();
      connected(channel, resolved);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return channel;
    } catch (IOException e) {
      throw new NbdException(name + ": cannot connect: " + e.getMessage(), e);
    }
  }

  private static SocketChannel connected(SocketChannel channel, SocketAddress server)
      throws IOException {
    try {
      channel.connect(server);
      return channel;
    } catch (Throwable e) {
      channel.close();
      throw e;
    }
  }

  /** Without what would move a terminal's cursor, or worse. */
  static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "?");
  }
}
