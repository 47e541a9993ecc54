/**
 * What a format implements, and what it is handed: {@link dev.platter.image.spi.ImageFormat} opens,
 * creates and changes images of one kind. On the way in a format answers where the bytes are, on
 * the way out where they go ({@link dev.platter.image.spi.ImageWriter}), and of a disk in use it
 * keeps the books ({@link dev.platter.image.spi.LiveImage}); somebody else moves the bytes. {@link
 * dev.platter.image.spi.ImageFormats} finds the formats that are present.
 */
package dev.platter.image.spi;
