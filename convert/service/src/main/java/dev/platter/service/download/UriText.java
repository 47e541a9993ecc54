package dev.platter.service.download;

import java.net.URI;

/** URIs for logs, messages and other people: without what may be secret. */
public final class UriText {
  private UriText() {}

  /**
   * Scheme, host, port and path; a user's name, a password, a query and a fragment are left out.
   */
  public static String of(URI uri) {
    StringBuilder text = new StringBuilder();
    if (uri.getScheme() != null) {
      text.append(uri.getScheme()).append(':');
    }
    String authority = uri.getRawAuthority();
    if (authority != null) {
      text.append("//").append(authority.substring(authority.lastIndexOf('@') + 1));
    }
    text.append(uri.getRawPath() == null ? "" : uri.getRawPath());
    return uri.getRawQuery() == null ? text.toString() : text.append("?...").toString();
  }
}
