package dev.platter.server.config;

import java.util.regex.Pattern;

/** What settings may be shown to whoever reads logs. */
final class SecretSettings {
  private static final String HIDDEN = "***";

  /** Names of what opens something; those of files that hold it may be known. */
  private static final Pattern SECRET =
      Pattern.compile(".*(password|passwd|passphrase|secret|credential).*|(.*_)?(key|token)");

  private static final Pattern FILE = Pattern.compile(".*_(file|path|time|roles|required)");

  private SecretSettings() {}

  /** The value, without what may be secret: passwords, and users and parameters in URLs. */
  static String hide(String key, String value) {
    if (value.isEmpty() || SECRET.matcher(key).matches() && !FILE.matcher(key).matches()) {
      return value.isEmpty() ? value : HIDDEN;
    }
    StringBuilder shown = new StringBuilder();
    for (String word : value.split("(?<=[,\\s])")) { // each keeps what it ends with
      shown.append(word.contains("://") || word.startsWith("jdbc:") ? url(word) : word);
    }
    return shown.toString();
  }

  private static String url(String url) {
    int slashes = url.indexOf("//");
    int user = url.lastIndexOf('@');
    String shown =
        slashes >= 0 && user > slashes
            ? url.substring(0, slashes + 2) + HIDDEN + url.substring(user)
            : url;
    int parameters = shown.indexOf('?');
    int more = shown.indexOf(';');
    int end = parameters < 0 ? more : more < 0 ? parameters : Math.min(parameters, more);
    return end < 0 ? shown : shown.substring(0, end + 1) + HIDDEN;
  }
}
