/**
 * What an image is: its extents and map ({@link dev.platter.image.BlockMap}), what it says of
 * itself ({@link dev.platter.image.DiskImage}), what is wrong with it, and the options, limits and
 * errors of all who deal with it. Formats are implemented in {@code spi} with the help of {@code
 * support}; images are called by {@code name}, opened in a {@code chain}, out of what is around
 * them ({@code wrap}), and become the bytes of a {@code disk}.
 */
package dev.platter.image;
