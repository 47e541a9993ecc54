/**
 * The front door: disk images from Java in a few words. {@link dev.platter.Platter} is where to
 * begin.
 *
 * <p>What is behind it, for those who need more: {@code dev.platter.image} (formats, maps, chains),
 * {@code dev.platter.convert} (the engine), {@code dev.platter.storage} (bytes on a medium).
 */
package dev.platter;
