package dev.platter.remote.http;

import dev.platter.storage.Location;
import dev.platter.storage.NamedSecrets;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;

/** Files of web servers by their locations: a URL, or the options that QEMU has for one. */
public final class WebFiles {
  private WebFiles() {}

  /**
   * Opens one to be read; the caller owns it.
   *
   * @param secrets those that the location's options name
   */
  public static Storage open(Location location, NamedSecrets secrets) throws IOException {
    return WebFile.open(
        location.toString(), HttpAddress.of(location, secrets), Surroundings.of(System.getenv()));
  }

  /** What the name means on the same server; it may be a whole URL's path. */
  public static Location beside(Location base, String name) throws IOException {
    URI uri = HttpAddress.uri(base);
    try {
      String text = uri.resolve(new URI(null, null, name, null)).toString();
      return Location.of(base.scheme(), text);
    } catch (URISyntaxException e) {
      throw new HttpException("the name cannot be that of a file beside it", e);
    }
  }
}
