package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.swift.SwiftSettings.Network;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An account that Swift itself, or Ceph's gateway, lets at: version 1 of the way to log in. */
final class TempAuthAccount implements SwiftAccount {
  private final SwiftReference reference;
  private final Network network;
  private final HttpRequests http;
  private Pass pass;

  TempAuthAccount(SwiftReference reference, Network network, HttpRequests http) {
    this.reference = reference;
    this.network = network;
    this.http = http;
  }

  @Override
  public synchronized Pass pass(Optional<Pass> refused) throws IOException {
    if (pass == null || refused.filter(pass::equals).isPresent()) {
      pass = null;
      pass = logIn();
    }
    return pass;
  }

  private Pass logIn() throws IOException {
    HttpRequests.Answer answer =
        http.ask(
            "GET",
            reference.url(),
            Map.of("X-Auth-User", reference.user(), "X-Auth-Key", reference.key()));
    Optional<String> token = answer.header("X-Auth-Token");
    if (answer.status() / 100 != 2 || token.isEmpty()) {
      throw new IOException("the log-in is answered with status " + answer.status());
    }
    return new Pass(
        network.endpoint().isPresent()
            ? network.endpoint().get()
            : url(answer.header("X-Storage-Url").orElse("")),
        token.get());
  }

  private static URI url(String text) throws IOException {
    try {
      URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      if (Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null) {
        return uri;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new IOException("the log-in does not tell the account's URL");
  }
}
