package dev.platter.server.http;

import dev.platter.server.db.DatabaseException;
import dev.platter.server.identity.Caller;
import dev.platter.server.identity.Callers;
import dev.platter.server.identity.IdentityException;
import dev.platter.server.tls.ServerTls;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.CrossOriginHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** The HTTP side: connections, who asks, which route answers, and how errors look. */
public final class HttpServer implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(HttpServer.class.getName());

  /** What is read of a connection at a time, bytes: images are most of what comes. */
  private static final int INPUT_BUFFER = 64 << 10;

  /** How long an unanswered rest of a body is read, so that the sender reads our answer. */
  private static final Duration DRAIN_TIME = Duration.ofSeconds(20);

  private static final long DRAIN_BYTES = 1L << 30;

  /** What clients read before they log in, and what watches the service. */
  private static final Set<String> OPEN =
      Set.of(
          "/",
          "/v2",
          "/versions",
          "/healthcheck",
          "/metrics",
          "/openapi.json",
          "/ui",
          "/ui/",
          "/ui/{file}");

  private final Server server;
  private final ServerConnector connector;
  private final Drain requests = new Drain();
  private final Duration drain;

  /** What is told about each request that was answered. */
  @FunctionalInterface
  public interface Observer {
    /**
     * @param template the template of the route that answered; empty when there was none
     */
    void answered(
        String method, String template, String path, Caller caller, int status, long nanos);
  }

  /**
   * Where it listens.
   *
   * @param host the address
   * @param port the port; 0: any free one
   * @param tls how connections are encrypted; nothing: they are not
   */
  public record Address(String host, int port, Optional<ServerTls> tls) {}

  /**
   * How long callers are waited for.
   *
   * @param silence whoever sends a body, and sends nothing
   * @param drain those whose requests are under way when the service ends
   */
  public record Patience(Duration silence, Duration drain) {}

  /**
   * @param origins lets pages of other origins in; nothing: none
   */
  public HttpServer(
      Address address,
      Patience patience,
      Optional<CrossOriginHandler> origins,
      Callers callers,
      Router router,
      Observer observer) {
    QueuedThreadPool threads = new QueuedThreadPool(16);
    threads.setName("http");
    threads.setVirtualThreadsExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server = new Server(threads);
    HttpConfiguration configuration = new HttpConfiguration();
    configuration.setSendServerVersion(false);
    // Names of properties and tags may hold any character; they are decoded segment by segment.
    configuration.setUriCompliance(
        UriCompliance.from(
            EnumSet.of(
                UriCompliance.Violation.AMBIGUOUS_PATH_SEPARATOR,
                UriCompliance.Violation.AMBIGUOUS_PATH_ENCODING,
                UriCompliance.Violation.AMBIGUOUS_EMPTY_SEGMENT,
                UriCompliance.Violation.SUSPICIOUS_PATH_CHARACTERS)));
    // Whichever name a caller has for the service, it is the service.
    configuration.addCustomizer(new SecureRequestCustomizer(false));
    HttpConnectionFactory connections = new HttpConnectionFactory(configuration);
    connections.setInputBufferSize(INPUT_BUFFER);
    connector = new ServerConnector(server, 1, 1, factories(connections, address.tls()));
    connector.setHost(address.host());
    connector.setPort(address.port());
    connector.setIdleTimeout(Duration.ofMinutes(5).toMillis());
    server.addConnector(connector);
    server.setStopTimeout(0); // requests were waited for by then
    drain = patience.drain();
    Dispatcher dispatcher = new Dispatcher(callers, router, observer, patience.silence(), requests);
    origins.ifPresent(handler -> handler.setHandler(dispatcher));
    server.setHandler(origins.isPresent() ? origins.get() : dispatcher);
  }

  private static ConnectionFactory[] factories(
      HttpConnectionFactory http, Optional<ServerTls> tls) {
    return tls.map(context ->
            new ConnectionFactory[] {
              new SslConnectionFactory(context.context(), http.getProtocol()), http
            })
        .orElse(new ConnectionFactory[] {http});
  }

  /** Begins to answer. */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the HTTP server does not start", e);
    }
  }

  /** How callers reach it: http, or https. */
  public String scheme() {
    return connector.getProtocols().contains("ssl") ? "https" : "http";
  }

  /** The port that it listens on. */
  public int port() {
    return connector.getLocalPort();
  }

  /** Takes no more connections, lets requests that are under way end, and cuts off the others. */
  @Override
  public void close() {
    connector.close();
    try {
      int cut = requests.await(drain);
      if (cut > 0) {
        LOG.log(System.Logger.Level.INFO, "{0} requests are cut off", cut);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try {
      server.stop();
    } catch (Exception e) {
      LOG.log(System.Logger.Level.WARNING, "the HTTP server does not stop cleanly", e);
    }
  }

  private static final class Dispatcher extends Handler.Abstract {
    private final Callers callers;
    private final Router router;
    private final Observer observer;
    private final Duration silence;
    private final Drain requests;
    private final Documents documents = new Documents();

    Dispatcher(
        Callers callers, Router router, Observer observer, Duration silence, Drain requests) {
      this.requests = requests;
      this.silence = silence;
      this.callers = callers;
      this.router = router;
      this.observer = observer;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      boolean last = requests.enter();
      try {
        if (last) {
          response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        return answer(request, response, callback);
      } finally {
        requests.leave();
      }
    }

    private boolean answer(Request request, Response response, Callback callback) {
      long started = System.nanoTime();
      String requestId = "req-" + UUID.randomUUID();
      response.getHeaders().put("X-Openstack-Request-Id", requestId);
      Caller caller = Callers.nobody(requestId);
      String template = "";
      String path = request.getHttpURI().getPath();
      Throwable cutOff = null;
      try (Documents.Place place = documents.new Place()) {
        List<String> segments = decode(path);
        Optional<Router.Match> match = router.find(request.getMethod(), segments);
        template = match.map(m -> m.route().template()).orElse("");
        if (match.isEmpty() || !OPEN.contains(template)) {
          caller =
              callers.identify(
                  request.getHeaders()::getValuesList, request.getMethod(), path, requestId);
        }
        if (match.isEmpty()) {
          throw unknown(router, request, response, segments);
        }
        try (Call call =
            new Call(request, response, match.get().variables(), caller, place, silence)) {
          match.get().route().endpoint().answer(call);
          if (!call.answered()) {
            call.answer(204);
          }
        }
        drain(request);
      } catch (IdentityException e) {
        boolean refused = e.reason() == IdentityException.Reason.REFUSED;
        if (refused) {
          callers
              .challenge()
              .ifPresent(text -> response.getHeaders().put(HttpHeader.WWW_AUTHENTICATE, text));
        }
        int status = refused ? 401 : 503;
        cutOff =
            answerFailure(request, response, requestId, new ApiException(status, e.getMessage()));
      } catch (Exception | StackOverflowError e) {
        // Somebody waits for an answer; one stack that was too small says nothing of the others.
        cutOff = answerFailure(request, response, requestId, e);
      }
      observe(request, template, path, caller, response, started);
      // A request that failed and was not told so must not look like a success.
      if (cutOff == null) {
        callback.succeeded();
      } else {
        callback.failed(cutOff);
      }
      return true;
    }

    /**
     * Answers a request that failed.
     *
     * @return why the connection must be cut off instead; null when the answer was given
     */
    private static Throwable answerFailure(
        Request request, Response response, String requestId, Throwable failure) {
      if (response.isCommitted()) {
        LOG.log(System.Logger.Level.INFO, requestId + ": the answer was cut off: " + failure);
        return failure;
      }
      ApiException error = errorOf(failure);
      if (failure instanceof DatabaseException database && database.isUnavailable()) {
        LOG.log(System.Logger.Level.WARNING, requestId + ": no database: " + failure.getMessage());
      } else if (!(failure instanceof ApiException) && error.status() >= 500) {
        LOG.log(System.Logger.Level.ERROR, requestId + ": unexpected failure", failure);
      }
      try {
        if (BrokenBodyException.isBehind(failure) || !drained(request)) {
          response.getHeaders().put(HttpHeader.CONNECTION, "close");
        }
        String accept = Optional.ofNullable(request.getHeaders().get("Accept")).orElse("");
        ErrorPage page = ErrorPage.of(error.status(), error.getMessage(), accept);
        try (Call call = new Call(request, response, Map.of(), null, null, DRAIN_TIME)) {
          call.answer(error.status(), page.contentType(), page.content());
        }
        return null;
      } catch (IOException | RuntimeException e) {
        LOG.log(System.Logger.Level.DEBUG, "nobody reads the answer any more", e);
        return e;
      }
    }

    private static ApiException errorOf(Throwable failure) {
      if (failure instanceof ApiException known) {
        return known;
      }
      if (failure instanceof DatabaseException database && database.isUnavailable()) {
        return new ApiException(503, "The service cannot do that at the moment; try again later.");
      }
      return BrokenBodyException.isBehind(failure)
          ? ApiException.badRequest("The request's body broke off, or is not what was announced.")
          : new ApiException(500, "The server has either erred or is incapable of performing");
    }

    private void observe(
        Request request,
        String template,
        String path,
        Caller caller,
        Response response,
        long started) {
      observer.answered(
          request.getMethod(),
          template,
          path,
          caller,
          response.getStatus(),
          System.nanoTime() - started);
    }

    private static ApiException unknown(
        Router router, Request request, Response response, List<String> segments) {
      String allowed = router.allowed(segments);
      if (allowed.isEmpty()) {
        return ApiException.notFound("The resource could not be found.");
      }
      response.getHeaders().put(HttpHeader.ALLOW, allowed);
      return new ApiException(
          405, "The method " + request.getMethod() + " is not allowed for this resource.");
    }

    private static List<String> decode(String path) {
      List<String> decoded = new ArrayList<>();
      for (String segment : Router.segments(path == null ? "/" : path)) {
        decoded.add(WireText.percentDecode(segment, "The path"));
      }
      return decoded;
    }

    /** Whether all of the body came. */
    private static boolean drained(Request request) {
      try {
        drain(request);
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    /**
     * Reads what the sender is still sending: many senders read no answer before they have sent
     * all.
     */
    private static void drain(Request request) throws IOException {
      HttpFields headers = request.getHeaders();
      boolean empty =
          !headers.contains(HttpHeader.TRANSFER_ENCODING)
              && headers.getLongField(HttpHeader.CONTENT_LENGTH) <= 0;
      if (empty) {
        return; // RFC 9112, section 6.3: there is no body
      }
      InputStream input = Content.Source.asInputStream(request);
      if (input.read() < 0) {
        return; // as usual, and without a buffer
      }
      long end = System.nanoTime() + DRAIN_TIME.toNanos();
      long count = 0;
      byte[] buffer = new byte[1 << 16];
      for (int n = 0; n >= 0 && count < DRAIN_BYTES && System.nanoTime() < end; count += n) {
        n = input.read(buffer);
      }
    }
  }
}
