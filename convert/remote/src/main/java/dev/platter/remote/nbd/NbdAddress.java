package dev.platter.remote.nbd;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * Where a disk is offered, and under which name.
 *
 * @param server the server's address
 * @param export the name of the disk; empty: the server's only one
 */
public record NbdAddress(SocketAddress server, String export) {
  /**
   * Understands {@code nbd://HOST[:PORT][/EXPORT]}, {@code nbd+unix:///[EXPORT]?socket=PATH} (the
   * NBD project, {@code doc/uri.md}), and the older {@code nbd:HOST:PORT[:exportname=NAME]}, {@code
   * nbd:unix:PATH[:exportname=NAME]}.
   *
   * @throws NbdException if it is none of them, or one with TLS
   */
  public static NbdAddress parse(String text) throws IOException {
    if (text.startsWith("nbds:") || text.startsWith("nbds+unix:")) {
      throw new NbdException(text + ": NBD over TLS is not supported");
    }
    if (text.startsWith("nbd://")) {
      return ofNetwork(text, uri(text));
    }
    if (text.startsWith("nbd+unix://")) {
      return ofUnix(text, uri(text));
    }
    if (text.startsWith("nbd:")) {
      return ofOldForm(text);
    }
    throw new NbdException(text + ": not the address of an NBD server");
  }

  /** A server on a network; port 10809 where {@code port} is not positive. */
  public static NbdAddress network(String host, int port, String export) {
    int chosen = port > 0 ? port : Protocol.DEFAULT_PORT;
    return new NbdAddress(InetSocketAddress.createUnresolved(host, chosen), export);
  }

  /** A server on this machine, by the file of its socket. */
  public static NbdAddress unix(String path, String export) {
    return new NbdAddress(UnixDomainSocketAddress.of(path), export);
  }

  private static NbdAddress ofNetwork(String text, URI uri) throws NbdException {
    String host = uri.getHost();
    if (host == null || uri.getRawQuery() != null) {
      throw new NbdException(text + ": expected nbd://HOST[:PORT][/EXPORT]");
    }
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    return network(bare, uri.getPort(), exportOf(uri));
  }

  private static NbdAddress ofUnix(String text, URI uri) throws NbdException {
    String query = uri.getRawQuery();
    if (query == null || !query.startsWith("socket=") || query.indexOf('&') >= 0) {
      throw new NbdException(text + ": expected nbd+unix:///[EXPORT]?socket=PATH");
    }
    return unix(decoded(query.substring("socket=".length())), exportOf(uri));
  }

  private static String exportOf(URI uri) {
    String path = uri.getRawPath();
    return path == null || path.isEmpty() ? "" : decoded(path.substring(1));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static URI uri(String text) throws NbdException {
    try {
      return new URI(text);
    } catch (URISyntaxException e) {
      throw new NbdException(text + ": not a URI: " + e.getReason(), e);
    }
  }

  private static NbdAddress ofOldForm(String text) throws NbdException {
    String rest = text.substring("nbd:".length());
    String export = "";
    int name = rest.indexOf(":exportname=");
    if (name >= 0) {
      export = rest.substring(name + ":exportname=".length());
      rest = rest.substring(0, name);
    }
    if (rest.startsWith("unix:")) {
      return unix(rest.substring("unix:".length()), export);
    }
    int colon = rest.lastIndexOf(':');
    try {
      if (colon > 0) {
        int port = Integer.parseInt(rest.substring(colon + 1));
        if (port > 0 && port <= 65535) {
          return network(rest.substring(0, colon), port, export);
        }
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new NbdException(text + ": expected nbd:HOST:PORT or nbd:unix:PATH");
  }
}
