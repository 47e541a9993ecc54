package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/**
 * Sends requests to web servers by HTTP/1.1, through the proxies and with the certificates that the
 * environment names, and follows no redirect. For any number of threads, each of which has a link
 * to itself until its answer is read or closed.
 */
public final class WebConnection implements Closeable {
  private static final int HTTP_PORT = 80;
  private static final int HTTPS_PORT = 443;
  private static final int PART = 64 << 10;

  private final Proxies proxies;
  private final Wires wires;
  private final Patience patience;

  /**
   * As the environment says.
   *
   * @param environment variables by their names
   * @param patience how long a server may be silent, and for whoever repeats what failed
   */
  public WebConnection(Map<String, String> environment, Patience patience) throws IOException {
    this(Surroundings.of(environment), patience, HttpAddress.Trust.CHECKED, Optional.empty());
  }

  WebConnection(
      Surroundings surroundings,
      Patience patience,
      HttpAddress.Trust trust,
      Optional<String> proxyLogin)
      throws IOException {
    this.proxies = surroundings.proxies(proxyLogin);
    this.wires = new Wires(surroundings.certificates(), trust, patience.silence());
    this.patience = patience;
  }

  /** How long whoever repeats what failed waits. */
  public Patience patience() {
    return patience;
  }

  /**
   * Sends one request.
   *
   * @return the answer, whatever its status; the caller closes it
   * @throws HttpException if asking again is vain
   */
  public Answer send(WebRequest request) throws IOException {
    String server = request.uri().getHost();
    try {
      return ask(request);
    } catch (SSLHandshakeException e) {
      throw new HttpException(
          "the certificate of " + server + " is not accepted: " + e.getMessage(), e);
    } catch (SSLException e) {
      throw new HttpException("no encrypted connection to " + server + ": " + e.getMessage(), e);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          server + " did not answer within " + patience.silence().toSeconds() + " s", e);
    }
  }

  private Answer ask(WebRequest request) throws IOException {
    URI uri = request.uri();
    boolean encrypted = HttpAddress.schemeOf(uri).equals("https");
    int port = uri.getPort() < 0 ? encrypted ? HTTPS_PORT : HTTP_PORT : uri.getPort();
    Optional<InetSocketAddress> proxy = proxies.proxy(uri);
    Wires.Route route = new Wires.Route(encrypted, uri.getHost(), port, proxy);
    Optional<String> proxyLogin = proxies.authorization(uri);
    boolean isForProxy = proxy.isPresent() && !encrypted;
    // A proxy that cannot read what it passes on is told who asks before, and the server never.
    WebRequest told =
        isForProxy && proxyLogin.isPresent()
            ? request.with("Proxy-Authorization", proxyLogin.get())
            : request;
    String begin = told.head(isForProxy);
    Optional<Link> kept = kept(route, told, begin);
    Link link = kept.isPresent() ? kept.get() : wires.open(route, proxyLogin);
    boolean isWhole = kept.isPresent() || sent(link, begin, told);
    try {
      Head head = Head.read(link, patience.silence());
      Wires.requireLogin(head);
      boolean isReusable = isWhole && head.isKept();
      return new Answer(
          head,
          request.wantsBody(),
          link,
          patience.silence(),
          used -> {
            if (isReusable) {
              wires.keep(route, used);
            } else {
              used.close();
            }
          });
    } catch (Throwable e) {
      link.close();
      throw e;
    }
  }

  /**
   * A link that was used before, over which the answer to a request begins to come. What must not
   * be done twice goes over a new one: of another it might not be known whether it arrived.
   */
  private Optional<Link> kept(Wires.Route route, WebRequest request, String head)
      throws IOException {
    Optional<Link> kept = request.isIdempotent() ? wires.kept(route) : Optional.empty();
    if (kept.isPresent()) {
      try {
        send(kept.get(), head, request);
        kept.get().await();
      } catch (IOException e) {
        kept.get().close();
        if (e instanceof SocketTimeoutException) {
          throw e;
        }
        return Optional.empty(); // the server may have closed what nobody used: a new link tells
      }
    }
    return kept;
  }

  /** Sends a request; answers whether all of it, as a server may answer before and read no more. */
  private static boolean sent(Link link, String head, WebRequest request) throws IOException {
    try {
      send(link, head, request);
      return true;
    } catch (IOException e) {
      if (request.content().isPresent() && answers(link)) {
        return false;
      }
      link.close();
      throw e;
    }
  }

  private static boolean answers(Link link) {
    try {
      link.await();
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static void send(Link link, String head, WebRequest request) throws IOException {
    link.send(head);
    if (request.content().isEmpty()) {
      return;
    }
    WebRequest.Content content = request.content().get();
    byte[] part = new byte[(int) Math.min(PART, content.length())];
    try (InputStream bytes = content.bytes().get()) {
      for (long left = content.length(); left > 0; ) {
        int count = bytes.read(part, 0, (int) Math.min(part.length, left));
        if (count < 0) {
          throw new HttpException("there are fewer bytes to be sent than were announced");
        }
        link.write(ByteBuffer.wrap(part, 0, count));
        left -= count;
      }
    }
  }

  /** Ends whatever is under way. */
  @Override
  public void close() {
    wires.close();
  }
}
