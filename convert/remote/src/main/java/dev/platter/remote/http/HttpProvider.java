package dev.platter.remote.http;

import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;

/**
 * Files of web servers, to be read: {@code http://…}, {@code https://…}, and QEMU's options {@code
 * url}, {@code readahead}, {@code timeout}, {@code sslverify}, {@code cookie} or {@code
 * cookie-secret}, {@code username} with {@code password-secret}.
 */
public final class HttpProvider implements StorageProvider {
  /** Found by {@link java.util.ServiceLoader}. */
  public HttpProvider() {}

  @Override
  public List<String> schemes() {
    return List.of("http", "https");
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    return openForReading(location, NamedSecrets.NONE);
  }

  @Override
  public Storage openForReading(Location location, NamedSecrets secrets) throws IOException {
    return WebFile.open(
        location.toString(), HttpAddress.of(location, secrets), Surroundings.of(System.getenv()));
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new HttpException("files on web servers are only read");
  }

  /** What the name means on the same server; it may be a whole URL's path. */
  @Override
  public Location beside(Location base, String name) throws IOException {
    URI uri = HttpAddress.uri(base);
    try {
      String text = uri.resolve(new URI(null, null, name, null)).toString();
      return Location.of(base.scheme(), text);
    } catch (URISyntaxException e) {
      throw new HttpException("the name cannot be that of a file beside it", e);
    }
  }
}
