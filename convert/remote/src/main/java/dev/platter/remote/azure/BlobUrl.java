package dev.platter.remote.azure;

import dev.platter.remote.http.HttpException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A blob and what opens it: its URL, whose query is a shared access signature, or, where the URL
 * has none, the signature in {@code AZURE_STORAGE_SAS_TOKEN}, as Azure's own tools have it.
 */
final class BlobUrl {
  private static final String TOKEN = "AZURE_STORAGE_SAS_TOKEN";
  private static final Pattern SIGNED = Pattern.compile("(?:^|&)sig=[^&]");

  /** The hosts of stores: one for each account, below the domain of a cloud. */
  private static final Pattern STORE =
      Pattern.compile(
          "(?i)[a-z0-9-]+(?:\\.[a-z0-9-]+)?\\.blob\\."
              + "(?:core\\.windows\\.net|core\\.chinacloudapi\\.cn|core\\.usgovcloudapi\\.net)");

  /** The hosts of disks that wait to be filled. */
  private static final Pattern DISK =
      Pattern.compile("(?i)(?:[a-z0-9-]+\\.)+blob\\.storage\\.azure\\.net");

  /** Names of this machine, to which a signature may go unencrypted. */
  private static final Set<String> HERE = Set.of("localhost", "127.0.0.1", "[::1]");

  private final String blob;
  private final String signature;

  private BlobUrl(String blob, String signature) {
    this.blob = blob;
    this.signature = signature;
  }

  /** Whether a URL is one of a store, by its host. */
  static boolean isOfStore(String url) {
    return hasHost(url, STORE);
  }

  /** Whether a URL is one of a managed disk that waits to be filled, by its host. */
  static boolean isOfDisk(String url) {
    return hasHost(url, DISK);
  }

  private static boolean hasHost(String url, Pattern hosts) {
    try {
      String host = new URI(url).getHost();
      return host != null && hosts.matcher(host).matches();
    } catch (URISyntaxException e) {
      return false;
    }
  }

  /**
   * Understands a URL.
   *
   * @param environment variables by their names
   * @throws HttpException without the signature in its message
   */
  static BlobUrl of(String url, Map<String, String> environment) throws HttpException {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new HttpException("not a URL: " + e.getReason() + " at " + e.getIndex());
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    String path = uri.getRawPath();
    if (uri.getHost() == null
        || uri.getRawUserInfo() != null
        || uri.getRawFragment() != null
        || path == null
        || !path.matches("/[^/]+/.*[^/]")) {
      throw new HttpException("a blob is https://ACCOUNT.blob.core.windows.net/CONTAINER/NAME?SAS");
    }
    if (!scheme.equals("https") && !HERE.contains(uri.getHost().toLowerCase(Locale.ROOT))) {
      throw new HttpException("a signature is not sent unencrypted: expected https://");
    }
    String query = uri.getRawQuery() == null ? "" : uri.getRawQuery();
    if (query.isEmpty()) {
      query = environment.getOrDefault(TOKEN, "").strip().replaceFirst("^\\?", "");
    }
    if (!SIGNED.matcher(query).find() || !query.matches("[!-~]+") || query.contains("#")) {
      throw new HttpException(
          "a blob is written by a URL with a shared access signature (…?sv=…&sig=…), or with one in "
              + TOKEN);
    }
    return new BlobUrl(uri.getScheme() + "://" + uri.getRawAuthority() + path, query);
  }

  /**
   * Where a request goes.
   *
   * @param operation what is asked for, as {@code comp=page}; empty: the blob itself
   */
  URI request(String operation) throws HttpException {
    try {
      return new URI(blob + "?" + (operation.isEmpty() ? "" : operation + "&") + signature);
    } catch (URISyntaxException e) {
      throw new HttpException("a signature that no URL can have"); // its cause would show it
    }
  }

  /** The blob, without what opens it. */
  @Override
  public String toString() {
    return blob;
  }
}
