package dev.platter.remote.http;

import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Asks for one URL, and goes where it leads: at most {@link Redirects#MOST} times, never from https
 * to http, and with credentials only to the server that was named. For any number of threads.
 */
final class WebClient implements Requests {
  private final HttpAddress address;
  private final Surroundings surroundings;
  private final WebConnection connection;

  WebClient(HttpAddress address, Surroundings surroundings) throws IOException {
    this.address = address;
    this.surroundings = surroundings;
    this.connection =
        new WebConnection(
            surroundings, address.patience(), address.trust(), address.login().proxy());
  }

  @Override
  public Answer get(Map<String, String> headers) throws IOException {
    URI uri = address.uri();
    for (int redirects = 0; ; redirects++) {
      Answer answer = connection.send(WebRequest.of("GET", uri, headers(uri, headers)));
      if (!Redirects.isOne(answer.status())) {
        return answer;
      }
      answer.close();
      if (redirects == Redirects.MOST) {
        throw new HttpException("more than " + Redirects.MOST + " redirects");
      }
      uri = Redirects.target(uri, answer.header("Location"));
    }
  }

  private Map<String, String> headers(URI uri, Map<String, String> more) throws IOException {
    Map<String, String> headers = new TreeMap<>(more);
    headers.put("Accept-Encoding", "identity");
    headers.put("User-Agent", "Platter");
    if (isNamed(uri)) {
      Optional<String> login = address.login().authorization();
      (login.isPresent() ? login : surroundings.authorization(uri))
          .ifPresent(text -> headers.put("Authorization", text));
      address.login().cookie().ifPresent(text -> headers.put("Cookie", text));
    }
    return headers;
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
