package dev.platter.image;

import java.util.Optional;

/**
 * How an image names the image below it.
 *
 * @param name the name as stored: relative names are relative to the image's own directory
 * @param format the format that the image says its parent has; empty: probe
 */
public record ParentReference(String name, Optional<String> format) {}
