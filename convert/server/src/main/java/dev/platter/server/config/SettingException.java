package dev.platter.server.config;

/** A setting that cannot be obeyed: its message says the file, the line, the setting and why. */
public final class SettingException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String section;
  private final String key;

  SettingException(String section, String key, String message) {
    super(message);
    this.section = section;
    this.key = key;
  }

  String section() {
    return section;
  }

  String key() {
    return key;
  }
}
