package dev.platter.server.config;

import java.util.List;

/**
 * How callers are identified, as {@code [paste_deploy] flavor} says it.
 *
 * @param identity how
 * @param caching whether a cache is asked for, too
 */
public record Flavor(Kind identity, boolean caching) {
  /** Ways to know who asks. */
  public enum Kind {
    /** Everybody is one administrator. */
    NONE,
    /** Tokens are validated by Keystone. */
    KEYSTONE,
    /** A proxy in front says it in headers. */
    TRUSTED_PROXY,
    /** Tokens are in a file. */
    TOKEN_FILE
  }

  /** Reads a flavor such as {@code keystone+cachemanagement}. */
  public static Flavor read(IniFile ini) {
    String text = ini.text("paste_deploy", "flavor", "");
    Kind kind = null;
    boolean caching = false;
    for (String part :
        text.isBlank() ? List.<String>of() : List.of(text.strip().split("\\+", -1))) {
      Kind named =
          switch (part) {
            case "keystone" -> Kind.KEYSTONE;
            case "trusted-proxy" -> Kind.TRUSTED_PROXY;
            case "token-file" -> Kind.TOKEN_FILE;
            case "caching", "cachemanagement" -> null;
            default ->
                throw ini.wrong(
                    "paste_deploy",
                    "flavor",
                    part
                        + " is none of keystone, trusted-proxy, token-file, caching,"
                        + " cachemanagement");
          };
      if (named != null && kind != null) {
        throw ini.wrong("paste_deploy", "flavor", "callers are identified in one way only");
      }
      kind = named == null ? kind : named;
      caching |= named == null;
    }
    return new Flavor(kind == null ? Kind.NONE : kind, caching);
  }
}
