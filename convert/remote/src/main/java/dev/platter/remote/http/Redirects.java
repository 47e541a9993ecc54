package dev.platter.remote.http;

import java.net.URI;
import java.util.Optional;
import java.util.Set;

/** Answers that send the client elsewhere (RFC 9110, section 15.4). */
public final class Redirects {
  /** How many are followed, one after the other. */
  public static final int MOST = 10;

  private static final Set<Integer> STATUSES = Set.of(301, 302, 303, 307, 308);

  private Redirects() {}

  /** Whether an answer of that status is one. */
  public static boolean isOne(int status) {
    return STATUSES.contains(status);
  }

  /**
   * Where a redirect leads: never from https to http, nor with a name or password in it.
   *
   * @param location what the answer's header says
   */
  public static URI target(URI from, Optional<String> location) throws HttpException {
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
}
