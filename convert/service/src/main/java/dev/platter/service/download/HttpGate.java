package dev.platter.service.download;

import dev.platter.service.ImportException;
import dev.platter.service.ImportException.Reason;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.http.HttpHost;

/**
 * Asks web servers on behalf of users: each URI, and each one that a redirect leads to, goes
 * through the filter, and each connection is made to an address that was judged, so that a name
 * which changes its meaning in between leads nowhere.
 */
public final class HttpGate implements Closeable {
  private static final int MAX_REDIRECTS = 5;
  private static final int MAX_CONNECTIONS = 64;
  private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

  private final UriFilter uris;
  private final CloseableHttpClient client;

  /** Why an address is refused, on its way through the client. */
  private static final class RefusedAddress extends UnknownHostException {
    private static final long serialVersionUID = 1L;

    RefusedAddress(String message) {
      super(message);
    }
  }

  private record Resolver(AddressFilter addresses) implements DnsResolver {
    @Override
    public InetAddress[] resolve(String host) throws UnknownHostException {
      InetAddress[] found = InetAddress.getAllByName(host);
      for (InetAddress address : found) {
        Optional<String> refusal = addresses.refusal(address);
        if (refusal.isPresent()) {
          throw new RefusedAddress(refusal.get());
        }
      }
      return found;
    }

    @Override
    public String resolveCanonicalHostname(String host) {
      return host;
    }
  }

  /**
   * @param timeoutSeconds how long a server may take to accept, to answer, and between two pieces
   *     of an answer
   */
  public HttpGate(UriFilter uris, AddressFilter addresses, int timeoutSeconds) {
    this.uris = Objects.requireNonNull(uris);
    this.client =
        HttpClients.custom()
            .setConnectionManager(
                PoolingHttpClientConnectionManagerBuilder.create()
                    .setDnsResolver(new Resolver(addresses))
                    .setMaxConnTotal(MAX_CONNECTIONS)
                    .setMaxConnPerRoute(MAX_CONNECTIONS)
                    .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                            .setConnectTimeout(timeoutSeconds, TimeUnit.SECONDS)
                            .setSocketTimeout(timeoutSeconds, TimeUnit.SECONDS)
                            .build())
                    .build())
            .setDefaultRequestConfig(
                RequestConfig.custom()
                    .setResponseTimeout(timeoutSeconds, TimeUnit.SECONDS)
                    .setConnectionRequestTimeout(timeoutSeconds, TimeUnit.SECONDS)
                    .build())
            .setUserAgent("Platter")
            .disableRedirectHandling()
            .disableContentCompression()
            .disableCookieManagement()
            .disableAuthCaching()
            .disableAutomaticRetries()
            .build();
  }

  /**
   * Asks, and follows where it leads.
   *
   * @param method GET or HEAD
   * @param headers besides those that every request has
   * @return an answer that is no redirect, whatever its status; the caller closes it
   * @throws ImportException if the URI, or one that it leads to, is refused
   * @throws IOException if the server cannot be reached
   */
  HttpAnswer ask(String method, URI uri, Map<String, String> headers) throws IOException {
    URI next = uri;
    for (int redirects = 0; ; redirects++) {
      check(next);
      HttpAnswer answer = send(method, next, headers);
      if (!REDIRECTS.contains(answer.status())) {
        return answer;
      }
      Optional<String> location = answer.header("Location");
      answer.close();
      if (location.isEmpty() || redirects == MAX_REDIRECTS) {
        throw new ImportException(
            Reason.DOWNLOAD_FAILED,
            uri + ": " + (location.isEmpty() ? "a redirect to nowhere" : "too many redirects"));
      }
      next = redirected(next, location.get());
    }
  }

  private HttpAnswer send(String method, URI uri, Map<String, String> headers) throws IOException {
    HttpUriRequestBase request = new HttpUriRequestBase(method, uri);
    request.setHeader("Accept-Encoding", "identity");
    headers.forEach(request::setHeader);
    try {
      return new HttpAnswer(request, client.executeOpen(HttpHost.create(uri), request, null));
    } catch (RefusedAddress e) {
      throw refused(uri, e.getMessage());
    }
  }

  private void check(URI uri) throws ImportException {
    Optional<String> refusal = uris.refusal(uri);
    if (refusal.isEmpty() && uri.getRawUserInfo() != null) {
      refusal = Optional.of("it has a user's name in it");
    }
    if (refusal.isEmpty()) {
      refusal = AddressFilter.refusalOfName(uri.getHost());
    }
    if (refusal.isPresent()) {
      throw refused(uri, refusal.get());
    }
  }

  private static URI redirected(URI from, String location) throws ImportException {
    URI to;
    try {
      to = from.resolve(URI.create(location));
    } catch (IllegalArgumentException e) {
      throw refused(from, "it leads to what is no URI");
    }
    if ("https".equalsIgnoreCase(from.getScheme()) && !"https".equalsIgnoreCase(to.getScheme())) {
      throw refused(to, "it is not encrypted, and what led there was");
    }
    return to;
  }

  private static ImportException refused(URI uri, String why) {
    return new ImportException(
        Reason.URI_REFUSED,
        "URI for web-download does not pass filtering: " + UriText.of(uri) + ": " + why);
  }

  @Override
  public void close() throws IOException {
    client.close();
  }
}
