package dev.platter.remote.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Sends requests to web servers, through the proxies and with the certificates that the environment
 * names, and follows no redirect. For any number of threads.
 */
public final class WebConnection implements Closeable {
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);
  private static final int PROXY_WANTS_LOGIN = 407;

  /** Which logins Java's client does not send to proxies: by default, the usual one. */
  private static final String DISABLED_LOGINS = "jdk.http.auth.tunneling.disabledSchemes";

  static {
    if (System.getProperty(DISABLED_LOGINS) == null) {
      System.setProperty(DISABLED_LOGINS, "");
    }
  }

  private final Proxies proxies;
  private final HttpClient client;

  /**
   * As the environment says.
   *
   * @param environment variables by their names
   * @param timeout how long a server may take to accept
   */
  public WebConnection(Map<String, String> environment, Duration timeout) throws IOException {
    this(Surroundings.of(environment), timeout, HttpAddress.Trust.CHECKED, Optional.empty());
  }

  WebConnection(
      Surroundings surroundings,
      Duration timeout,
      HttpAddress.Trust trust,
      Optional<String> proxyLogin)
      throws IOException {
    this.proxies = surroundings.proxies(proxyLogin);
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(timeout)
            .proxy(proxies);
    if (trust == HttpAddress.Trust.ANY) {
      builder.sslContext(context(new TrustManager[] {new TrustAnything()}));
    } else if (surroundings.certificates().isPresent()) {
      builder.sslContext(context(trusting(surroundings.certificates().get())));
    }
    this.client = builder.build();
  }

  /** Whether an answer sends the client elsewhere. */
  public static boolean isRedirect(HttpResponse<?> answer) {
    return REDIRECTS.contains(answer.statusCode());
  }

  /**
   * Sends one request.
   *
   * @return the answer, whatever its status; the caller closes its body
   * @throws HttpException if asking again is vain
   */
  public HttpResponse<InputStream> send(HttpRequest request) throws IOException {
    String server = request.uri().getHost();
    try {
      HttpResponse<InputStream> answer =
          client.send(withProxyLogin(request), BodyHandlers.ofInputStream());
      if (answer.statusCode() == PROXY_WANTS_LOGIN) {
        if (answer.body() != null) { // none comes from a proxy that lets nobody through
          answer.body().close();
        }
        throw new HttpException("the proxy wants a name and a password, or others");
      }
      return answer;
    } catch (SSLHandshakeException e) {
      throw new HttpException("the certificate of " + server + " is not accepted: " + words(e), e);
    } catch (SSLException e) {
      throw new HttpException("no encrypted connection to " + server + ": " + words(e), e);
    } catch (HttpTimeoutException e) {
      throw new IOException(
          server
              + " did not answer within "
              + request.timeout().orElse(Duration.ZERO).toSeconds()
              + " s",
          e);
    } catch (ConnectException e) {
      if (e.getCause() instanceof UnresolvedAddressException
          || e.getCause() != null
              && e.getCause().getCause() instanceof UnresolvedAddressException) {
        throw new HttpException("the name " + server + " has no address", e);
      }
      throw new HttpException("no connection to " + server, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new HttpException("interrupted while waiting for " + server, e);
    } catch (IllegalArgumentException e) {
      throw new HttpException("a request that cannot be sent to " + server, e);
    }
  }

  private HttpRequest withProxyLogin(HttpRequest request) {
    Optional<String> login = proxies.authorization(request.uri());
    return login.isEmpty()
        ? request
        : HttpRequest.newBuilder(request, (name, value) -> true)
            .setHeader("Proxy-Authorization", login.get())
            .build();
  }

  private static String words(Throwable e) {
    return String.valueOf(e.getMessage());
  }

  /**
   * Where a redirect leads: never from https to http, nor with a name or password in it.
   *
   * @param location what the answer's header says
   */
  public static URI redirected(URI from, Optional<String> location) throws HttpException {
    URI to;
    try {
      to = from.resolve(location.orElseThrow(() -> new HttpException("a redirect to nowhere")));
    } catch (IllegalArgumentException e) {
      throw new HttpException("a redirect to what is no URL", e);
    }
    String scheme = HttpAddress.schemeOf(to);
    boolean isKept =
        scheme.equals("https")
            || scheme.equals("http") && HttpAddress.schemeOf(from).equals("http");
    if (!isKept || to.getHost() == null || to.getRawUserInfo() != null) {
      throw new HttpException(
          "a redirect from " + HttpAddress.schemeOf(from) + " to " + scheme + " is not followed");
    }
    return to;
  }

  private static SSLContext context(TrustManager[] trusted) throws HttpException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trusted, new SecureRandom());
      return context;
    } catch (GeneralSecurityException e) {
      throw new HttpException("no TLS: " + e.getMessage(), e);
    }
  }

  private static TrustManager[] trusting(Path bundle) throws IOException {
    try (InputStream pem = Files.newInputStream(bundle)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int number = 0;
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        store.setCertificateEntry(Integer.toString(number++), each);
      }
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init(store);
      return factory.getTrustManagers();
    } catch (GeneralSecurityException | IOException e) {
      throw new HttpException("SSL_CERT_FILE: no certificates in " + bundle, e);
    }
  }

  /** What {@code sslverify=off} asks for. */
  private static final class TrustAnything extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, java.net.Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
