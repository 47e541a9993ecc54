/**
 * Compressions and archives around whole files: what a {@link dev.platter.image.wrap.Wrapping}
 * implements, and {@link dev.platter.image.wrap.Unwrapping}, which sets the limits, turns all that
 * decoders throw into one kind of error, and spools.
 */
package dev.platter.image.wrap;
