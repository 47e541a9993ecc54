package dev.platter.server.swift;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.platter.server.http.Json;
import dev.platter.server.keystone.KeystoneHttp;
import dev.platter.server.keystone.KeystoneSession;
import dev.platter.server.swift.SwiftReference.Domain;
import dev.platter.server.swift.SwiftSettings.CatalogChoice;
import dev.platter.server.swift.SwiftSettings.Network;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/** An account that Keystone lets at: with a user's password, in a project. */
final class KeystoneAccount implements SwiftAccount {
  private static final int ATTEMPTS = 3;

  private final KeystoneSession session;
  private final Network network;

  private KeystoneAccount(KeystoneSession session, Network network) {
    this.session = session;
    this.network = network;
  }

  /** Asks nobody yet. */
  static KeystoneAccount of(SwiftReference reference, Network network) throws IOException {
    return new KeystoneAccount(
        new KeystoneSession(
            new KeystoneHttp(network.timeout(), ATTEMPTS, network.tls()),
            KeystoneSession.versioned(reference.url().toString()),
            login(reference),
            new KeystoneSession.EndpointChoice(Optional.empty(), Optional.empty())),
        network);
  }

  private static ObjectNode login(SwiftReference reference) {
    int colon = reference.user().indexOf(':');
    ObjectNode document = Json.object();
    ObjectNode auth = document.putObject("auth");
    ObjectNode identity = auth.putObject("identity");
    identity.putArray("methods").add("password");
    ObjectNode user = identity.putObject("password").putObject("user");
    user.put("name", reference.user().substring(colon + 1)).put("password", reference.key());
    domain(user, reference.userDomain());
    ObjectNode project = auth.putObject("scope").putObject("project");
    project.put("name", reference.user().substring(0, colon));
    domain(project, reference.projectDomain());
    return document;
  }

  private static void domain(ObjectNode node, Domain domain) {
    ObjectNode place = node.putObject("domain");
    domain
        .id()
        .ifPresentOrElse(
            id -> place.put("id", id), () -> place.put("name", domain.name().orElseThrow()));
  }

  @Override
  public Pass pass(Optional<Pass> refused) throws IOException {
    String token = session.token(refused.map(Pass::token));
    return new Pass(url(), token);
  }

  /** The identifier of the project that the user logs in to. */
  String projectId() throws IOException {
    return session.projectId();
  }

  private URI url() throws IOException {
    if (network.endpoint().isPresent()) {
      return network.endpoint().get();
    }
    CatalogChoice choice = network.catalog();
    URI found =
        session
            .endpoint(choice.serviceType(), Optional.empty(), choice.visibility(), choice.region())
            .orElseThrow(() ->
                new IOException(
                    "Keystone's catalogue has no %s endpoint of %s%s"
                        .formatted(
                            choice.visibility(),
                            choice.serviceType(),
                            choice.region().map(region -> " in region " + region).orElse(""))));
    String text = found.toString();
    return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : found;
  }
}
