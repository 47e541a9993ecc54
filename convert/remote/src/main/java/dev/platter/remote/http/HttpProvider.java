package dev.platter.remote.http;

import dev.platter.storage.Location;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/**
 * Files of web servers, to be read: {@code http://…}, {@code https://…}, and QEMU's options {@code
 * url}, {@code readahead}, {@code timeout}, {@code sslverify} and {@code cookie}.
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
    return WebFile.open(
        location.toString(), HttpAddress.of(location), Surroundings.of(System.getenv()));
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new HttpException("files on web servers are only read");
  }

  /** What the name means on the same server; it may be a whole URL's path. */
  @Override
  public Location beside(Location base, String name) throws IOException {
    HttpAddress address = HttpAddress.of(base);
    try {
      String text = address.uri().resolve(new java.net.URI(null, null, name, null)).toString();
      return Location.of(base.scheme(), text);
    } catch (java.net.URISyntaxException e) {
      throw new HttpException("the name cannot be that of a file beside it", e);
    }
  }
}
