package dev.platter.server.swift;

import dev.platter.server.client.HttpRequests;
import dev.platter.server.swift.SwiftAccount.Pass;
import dev.platter.service.store.ImageIds;
import dev.platter.service.store.StoreException;
import dev.platter.service.store.StoreException.Kind;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Each image in the account of the project that owns it, in a container of its own: {@code
 * swift+https://HOST/v1/AUTH_PROJECT/CONTAINER_ID/ID}, as Glance has them. An image of nobody lies
 * in the account of the store's own user. That user does all the work, so that nothing hangs on how
 * long the token of an owner is good: it needs Swift's role for the accounts of others ({@code
 * reseller_admin_role}).
 */
final class OwnerPlaces implements Places {
  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9_-]{1,255}");

  private final String store;
  private final String container;
  private final HttpRequests http;
  private final ImageOwners owners;
  private final KeystoneAccount account;
  private final SwiftConnection own;

  OwnerPlaces(SwiftSettings settings, HttpRequests http, ImageOwners owners) throws IOException {
    this.store = settings.config().id();
    this.container = settings.containers().name();
    this.http = http;
    this.owners = owners;
    this.account = KeystoneAccount.of(settings.reference(), settings.network());
    this.own = new SwiftConnection(store, account, http);
  }

  @Override
  public String locationOf(String imageId) throws IOException {
    ImageIds.checked(imageId);
    Optional<String> owner = owners.ownerOf(imageId);
    String base = base();
    String project = owner.isPresent() ? owner.get() : account.projectId();
    if (!PROJECT.matcher(project).matches()) {
      throw new StoreException(
          Kind.UNAVAILABLE, store, "the owner of image " + imageId + " is no project of Keystone");
    }
    return "swift+" + base + project + "/" + container + "_" + imageId + "/" + imageId;
  }

  @Override
  public Place at(String location) throws IOException {
    String start = "swift+" + base();
    SwiftLocation parsed = location.startsWith(start) ? SwiftLocation.parse(location) : null;
    if (parsed != null
        && ImageIds.valid(parsed.object())
        && parsed.container().equals(container + "_" + parsed.object())) {
      int end = location.length() - parsed.container().length() - parsed.object().length() - 2;
      String project = location.substring(Math.min(start.length(), end), end);
      if (PROJECT.matcher(project).matches()) {
        SwiftConnection connection =
            new SwiftConnection(store, refused -> passTo(project, refused), http);
        return new Place(connection, parsed.container(), parsed.object(), true);
      }
    }
    throw Places.foreign(store, "one of another cluster or container");
  }

  @Override
  public SwiftConnection own() {
    return own;
  }

  /** The pass of the store's user, to the account of another project. */
  private Pass passTo(String project, Optional<Pass> refused) throws IOException {
    Pass pass = account.pass(refused);
    return new Pass(URI.create(base(pass) + project), pass.token());
  }

  /** What the URLs of all accounts begin with. */
  private String base() throws StoreException {
    try {
      return base(account.pass(Optional.empty()));
    } catch (IOException e) {
      throw own.unavailable(e);
    }
  }

  private String base(Pass pass) throws IOException {
    String url = pass.url().toString();
    String project = account.projectId();
    if (project.isEmpty() || !url.endsWith(project)) {
      throw new IOException(
          "the account's URL %s does not end with the project's identifier %s"
              .formatted(url, project));
    }
    return url.substring(0, url.length() - project.length());
  }
}
