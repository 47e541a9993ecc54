package dev.platter.remote.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;

/**
 * Asks for one URL, and goes where it leads: at most {@link #MOST_REDIRECTS} times, never from
 * https to http, and with credentials only to the server that was named. For any number of threads.
 */
final class WebClient implements Requests {
  static final int MOST_REDIRECTS = 10;

  private final HttpAddress address;
  private final Surroundings surroundings;
  private final WebConnection connection;

  WebClient(HttpAddress address, Surroundings surroundings) throws IOException {
    this.address = address;
    this.surroundings = surroundings;
    this.connection =
        new WebConnection(
            surroundings, address.timeout(), address.trust(), address.login().proxy());
  }

  @Override
  public HttpResponse<InputStream> get(Map<String, String> headers) throws IOException {
    URI uri = address.uri();
    for (int redirects = 0; ; redirects++) {
      HttpResponse<InputStream> answer = connection.send(request(uri, headers));
      if (!WebConnection.isRedirect(answer)) {
        return answer;
      }
      answer.body().close();
      if (redirects == MOST_REDIRECTS) {
        throw new HttpException("more than " + MOST_REDIRECTS + " redirects");
      }
      uri = WebConnection.redirected(uri, answer.headers().firstValue("Location"));
    }
  }

  private HttpRequest request(URI uri, Map<String, String> headers) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(address.timeout())
            .header("Accept-Encoding", "identity")
            .header("User-Agent", "Platter");
    headers.forEach(request::header);
    if (isNamed(uri)) {
      Optional<String> login = address.login().authorization();
      (login.isPresent() ? login : surroundings.authorization(uri))
          .ifPresent(text -> request.header("Authorization", text));
      address.login().cookie().ifPresent(text -> request.header("Cookie", text));
    }
    return request.build();
  }

  private boolean isNamed(URI uri) {
    return HttpAddress.schemeOf(uri).equals(HttpAddress.schemeOf(address.uri()))
        && uri.getHost().equalsIgnoreCase(address.uri().getHost())
        && uri.getPort() == address.uri().getPort();
  }

  @Override
  public void close() {
    connection.close();
  }
}
