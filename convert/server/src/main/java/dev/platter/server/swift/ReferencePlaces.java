package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.swift.SwiftSettings.Network;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.StoreException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * All images in the accounts that the settings name: {@code swift+config://REFERENCE/CONTAINER/ID}.
 * Locations that name a user, which Glance makes without a file of references, are understood where
 * that user is one of the references.
 */
final class ReferencePlaces implements Places {
  private static final String CONFIG = "swift+config://";

  private final SwiftSettings settings;
  private final String store;
  private final Map<String, SwiftConnection> connections = new LinkedHashMap<>();

  ReferencePlaces(SwiftSettings settings, HttpRequests http) throws IOException {
    this.settings = settings;
    this.store = settings.config().id();
    Network network = settings.network();
    for (SwiftReference reference : settings.references().values()) {
      SwiftAccount account =
          reference.version() == 3
              ? KeystoneAccount.of(reference, network)
              : new TempAuthAccount(reference, network, http);
      connections.put(reference.name(), new SwiftConnection(store, account, http));
    }
  }

  @Override
  public String locationOf(String imageId) {
    return CONFIG
        + settings.reference().name()
        + "/"
        + settings.containers().of(ImageIds.checked(imageId))
        + "/"
        + imageId;
  }

  @Override
  public Place at(String location) throws StoreException {
    SwiftLocation parsed = SwiftLocation.parse(location);
    if (parsed != null
        && ImageIds.valid(parsed.object())
        && settings.containers().mayHave(parsed.container(), parsed.object())) {
      for (SwiftReference reference : settings.references().values()) {
        if (parsed.isOf(reference)) {
          SwiftConnection connection = connections.get(reference.name());
          return new Place(connection, parsed.container(), parsed.object(), false);
        }
      }
    }
    throw Places.foreign(
        store, location.startsWith(CONFIG) ? location : "one of another user or container");
  }

  @Override
  public SwiftConnection own() {
    return connections.get(settings.reference().name());
  }
}
