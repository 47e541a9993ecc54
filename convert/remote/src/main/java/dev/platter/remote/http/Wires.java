package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * Links to servers, made when they are needed and kept for whoever needs them next. For any number
 * of threads.
 */
final class Wires implements Closeable {
  private static final int MOST_KEPT = 32;

  /** Servers, and what is on the way to them, forget links that nobody uses. */
  private static final long MOST_IDLE = TimeUnit.SECONDS.toNanos(20);

  private static final int PROXY_WANTS_LOGIN = 407;

  private final Optional<Path> certificates;
  private final HttpAddress.Trust trust;
  private final Duration timeout;
  private final Set<PlainWire> wires = new HashSet<>();
  private final Deque<Kept> kept = new ArrayDeque<>();
  private SSLContext context;
  private boolean closed;

  /** Where a link leads; whoever shares it may use the same one. */
  record Route(boolean encrypted, String host, int port, Optional<InetSocketAddress> proxy) {}

  private record Kept(Route route, Link link) {}

  /**
   * @param certificates a bundle to trust instead of the runtime's
   * @param timeout how long a server may take to accept, and nothing may come or go
   */
  Wires(Optional<Path> certificates, HttpAddress.Trust trust, Duration timeout) {
    this.certificates = certificates;
    this.trust = trust;
    this.timeout = timeout;
  }

  /** A link that was used before, if there is one that still is good. */
  synchronized Optional<Link> kept(Route route) {
    Optional<Link> found = Optional.empty();
    for (Iterator<Kept> each = kept.iterator(); found.isEmpty() && each.hasNext(); ) {
      Kept next = each.next();
      boolean isFit = next.link().isFit(MOST_IDLE);
      if (isFit && next.route().equals(route)) {
        found = Optional.of(next.link());
      } else if (!isFit) {
        next.link().close();
      }
      if (!isFit || found.isPresent()) {
        each.remove();
      }
    }
    return found;
  }

  /** Takes a link over which an answer has come, to its end. */
  synchronized void keep(Route route, Link link) {
    if (closed) {
      link.close();
      return;
    }
    link.rest();
    kept.addFirst(new Kept(route, link));
    if (kept.size() > MOST_KEPT) {
      kept.removeLast().link().close();
    }
  }

  /**
   * A new link.
   *
   * @param proxyLogin tells a proxy who asks; the value of a header
   */
  Link open(Route route, Optional<String> proxyLogin) throws IOException {
    PlainWire wire = reach(route);
    try {
      if (!route.encrypted()) {
        return new Link(wire);
      }
      if (route.proxy().isPresent()) {
        passProxy(wire, route, proxyLogin);
      }
      String name = withoutBrackets(route.host());
      return new Link(TlsWire.begin(wire, context(), name, route.port()));
    } catch (Throwable e) {
      wire.close();
      throw e;
    }
  }

  private PlainWire reach(Route route) throws IOException {
    String host = route.proxy().map(InetSocketAddress::getHostString).orElse(route.host());
    int port = route.proxy().map(InetSocketAddress::getPort).orElse(route.port());
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(withoutBrackets(host));
    } catch (UnknownHostException e) {
      throw new HttpException("the name " + host + " has no address", e);
    }
    SocketTimeoutException silence = null;
    IOException refusal = null;
    for (InetAddress address : addresses) {
      PlainWire wire = opened();
      try {
        wire.connect(new InetSocketAddress(address, port));
        return wire;
      } catch (SocketTimeoutException e) {
        silence = e;
        wire.close();
      } catch (IOException e) {
        refusal = e;
        wire.close();
      }
    }
    if (silence != null) {
      throw silence;
    }
    throw new HttpException("no connection to " + host, refusal);
  }

  private synchronized PlainWire opened() throws IOException {
    if (closed) {
      throw new HttpException("closed");
    }
    wires.removeIf(wire -> !wire.isOpen());
    PlainWire wire = PlainWire.open(timeout);
    wires.add(wire);
    return wire;
  }

  /** Has a proxy pass on what it cannot read (RFC 9110, section 9.3.6). */
  private void passProxy(PlainWire wire, Route route, Optional<String> login) throws IOException {
    Link proxy = new Link(wire);
    String server = route.host() + ":" + route.port();
    proxy.send(
        "CONNECT %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Platter\r\n%s\r\n"
            .formatted(
                server,
                server,
                login.map(text -> "Proxy-Authorization: " + text + "\r\n").orElse("")));
    Head head = Head.read(proxy, timeout);
    requireLogin(head);
    if (head.status() / 100 != 2) {
      String message = "the proxy answers " + head.status();
      throw Attempts.isPassing(head.status())
          ? new IOException(message)
          : new HttpException(message);
    }
    if (!proxy.isEmpty()) {
      throw new HttpException("the proxy says more than it should");
    }
  }

  /** Whoever answers so wants a login, or another one. */
  static void requireLogin(Head head) throws HttpException {
    if (head.status() == PROXY_WANTS_LOGIN) {
      throw new HttpException("the proxy wants a name and a password, or others");
    }
  }

  private synchronized SSLContext context() throws IOException {
    if (context == null) {
      context = Certificates.context(certificates, trust);
    }
    return context;
  }

  private static String withoutBrackets(String host) {
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  /** Ends whatever is under way. */
  @Override
  public synchronized void close() {
    closed = true;
    wires.forEach(PlainWire::close);
    kept.clear();
  }
}
