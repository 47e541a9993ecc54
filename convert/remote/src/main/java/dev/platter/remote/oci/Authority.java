package dev.platter.remote.oci;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.name.JsonParser;
import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Attempts;
import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.WebRequest;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What convinces a registry: nothing, a name and password, or a token that another server gives out
 * ("Docker Registry v2 authentication via central service"). For any number of threads.
 */
final class Authority {
  private static final int MOST = 1 << 20;
  private static final String BASIC = "basic";
  private static final String BEARER = "bearer";

  private final OciName name;
  private final Credentials credentials;
  private final String actions;
  private final Registry registry;
  private Optional<String> current = Optional.empty();

  /**
   * @param actions what is wanted, as scopes have it
   * @param registry how the server of tokens is asked
   */
  Authority(OciName name, Credentials credentials, String actions, Registry registry) {
    this.name = name;
    this.credentials = credentials;
    this.actions = actions;
    this.registry = registry;
  }

  /** The header's value that was good last. */
  synchronized Optional<String> current() {
    return current;
  }

  /** What may help a user whom the registry does not let in. */
  String hint() {
    if (credentials.basic().isPresent()) {
      return "";
    }
    String note = credentials.note().isEmpty() ? "" : ": " + credentials.note();
    return "; no credentials for " + name.host() + " were found" + note;
  }

  /**
   * What the registry asks for.
   *
   * @param headers its challenges
   * @param used what it did not take; another thread may have got better by now
   * @throws HttpException if it asks for what there is not
   */
  synchronized Optional<String> renewed(List<String> headers, Optional<String> used)
      throws IOException {
    if (!current.equals(used)) {
      return current;
    }
    for (Challenge challenge : Challenge.parse(headers)) {
      if (challenge.scheme().equals(BEARER) && challenge.parameters().containsKey("realm")) {
        current =
            Optional.of("Bearer " + Attempts.repeated(registry.patience(), () -> token(challenge)));
        return current;
      }
      if (challenge.scheme().equals(BASIC)) {
        Optional<String> pair = basic();
        if (pair.isEmpty()) {
          throw new HttpException("the registry wants a name and a password" + hint());
        }
        if (pair.equals(used)) {
          throw new HttpException("the registry does not take the name and password kept for it");
        }
        current = pair;
        return current;
      }
    }
    throw new HttpException("the registry lets nobody in, and does not say how" + hint());
  }

  private Optional<String> basic() {
    return credentials
        .basic()
        .map(pair -> pair.getBytes(StandardCharsets.UTF_8))
        .map(pair -> "Basic " + Base64.getEncoder().encodeToString(pair));
  }

  private String token(Challenge challenge) throws IOException {
    URI realm = realm(challenge.parameters().get("realm"));
    Answer answer =
        registry.sendPlain(WebRequest.of("GET", asking(realm, challenge), Map.of()), basic());
    if (answer.status() != 200) {
      answer.close();
      String message =
          "%s gives no token: it answers %d%s".formatted(realm.getHost(), answer.status(), hint());
      throw Attempts.isPassing(answer.status())
          ? new IOException(message)
          : new HttpException(message);
    }
    byte[] bytes = registry.bytes(answer, MOST, "the token of " + realm.getHost());
    try {
      Map<?, ?> json = JsonParser.parseObject(new String(bytes, StandardCharsets.UTF_8));
      for (String key : new String[] {"token", "access_token"}) {
        if (json.get(key) instanceof String token && token.matches("[!-~]+")) {
          return token;
        }
      }
    } catch (IllegalOptionException e) {
      // Its message may show a part of the token.
    }
    throw new HttpException(realm.getHost() + " answers, and gives no token");
  }

  /** A password is never sent to where it can be read on the way, unless the registry is such. */
  private URI realm(String text) throws HttpException {
    URI realm;
    try {
      realm = new URI(text);
    } catch (java.net.URISyntaxException e) {
      throw new HttpException("the registry's server of tokens has no URL", e);
    }
    boolean isSecured = "https".equalsIgnoreCase(realm.getScheme());
    boolean isPlain = "http".equalsIgnoreCase(realm.getScheme()) && !name.secured();
    if (realm.getHost() == null || realm.getRawUserInfo() != null || !isSecured && !isPlain) {
      throw new HttpException(
          "tokens are not fetched from where the registry says: " + Registry.shown(text));
    }
    return realm;
  }

  private URI asking(URI realm, Challenge challenge) throws HttpException {
    StringBuilder url = new StringBuilder(realm.toString());
    url.append(realm.getRawQuery() == null ? '?' : '&');
    String service = challenge.parameters().get("service");
    if (service != null) {
      url.append("service=").append(encoded(service)).append('&');
    }
    // Not the scope that a registry asks for: what is wanted is known here.
    url.append("scope=").append(encoded("repository:" + name.repository() + ":" + actions));
    try {
      return new URI(url.toString());
    } catch (java.net.URISyntaxException e) {
      throw new HttpException("the registry's server of tokens has no URL", e);
    }
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
