package dev.platter.server.swift;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * A location as Glance writes it: {@code swift+config://REFERENCE/CONTAINER/OBJECT}, or {@code
 * swift+https://USER:KEY@AUTH_ADDRESS/CONTAINER/OBJECT}, where USER may have a colon in it, and is
 * encoded or not. {@code swift} is the same as {@code swift+https}.
 *
 * @param scheme without the colon
 * @param user the reference, or who logs in; empty where none is named
 * @param address where to log in; empty for a reference
 */
record SwiftLocation(String scheme, String user, String address, String container, String object) {
  private static final String CONFIG = "swift+config";

  /** The parts of a location; null if it is none of these. */
  static SwiftLocation parse(String location) {
    int colon = location.indexOf("://");
    String scheme = colon < 0 ? "" : location.substring(0, colon);
    String rest = colon < 0 ? "" : location.substring(colon + 3);
    int object = rest.lastIndexOf('/');
    int container = object <= 0 ? -1 : rest.lastIndexOf('/', object - 1);
    if (container <= 0 || !Set.of(CONFIG, "swift", "swift+https", "swift+http").contains(scheme)) {
      return null;
    }
    String name = rest.substring(container + 1, object);
    String last = rest.substring(object + 1);
    String before = rest.substring(0, container);
    if (scheme.equals(CONFIG)) {
      return new SwiftLocation(scheme, before, "", name, last);
    }
    int at = before.lastIndexOf('@');
    String credentials = at < 0 ? "" : decoded(before.substring(0, at));
    int key = credentials.lastIndexOf(':');
    return new SwiftLocation(
        scheme, key < 0 ? "" : credentials.substring(0, key), before.substring(at + 1), name, last);
  }

  private static String decoded(String text) {
    try {
      return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  /** Whether it lies in the account of a reference. */
  boolean isOf(SwiftReference reference) {
    return scheme.equals(CONFIG)
        ? reference.name().equals(user)
        : reference.isMeant(scheme, user, address);
  }
}
