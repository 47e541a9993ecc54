package dev.platter.remote.oci;

import dev.platter.remote.http.Answer;
import dev.platter.remote.http.Requests;
import java.io.IOException;
import java.net.URI;
import java.util.Map;

/** Asks a registry for a blob, which may lie elsewhere. The registry stays its owner's. */
final class BlobRequests implements Requests {
  private final Registry registry;
  private final URI uri;

  BlobRequests(Registry registry, Digest digest) throws IOException {
    this.registry = registry;
    this.uri = registry.uri("/blobs/" + digest);
  }

  @Override
  public Answer get(Map<String, String> headers) throws IOException {
    return registry.follow("GET", uri, headers);
  }

  @Override
  public void close() {}
}
