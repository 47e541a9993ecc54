package dev.platter.storage;

/**
 * What can be said of something new that a {@link StorageProvider} makes.
 *
 * @param name the name before the {@code =}
 * @param help one line
 */
public record StorageOption(String name, String help) {}
