package dev.platter.service;

import java.util.Map;

/** Makes a plugin of a name; found by {@link java.util.ServiceLoader}. */
public interface ImportPluginProvider {
  /** The plugin's name in the configuration. */
  String name();

  /**
   * A plugin with these settings.
   *
   * @throws IllegalArgumentException if a setting is unknown or has a wrong value
   */
  ImportPlugin create(Map<String, String> settings);
}
