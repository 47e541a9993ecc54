/**
 * What bytes mean: extents, block maps, chains, and the interface that every disk-image format
 * implements. A format only translates, on the way in ({@link dev.platter.image.BlockMap}) and on
 * the way out ({@link dev.platter.image.ImageWriter}); the bytes are moved by somebody else.
 */
package dev.platter.image;
