/**
 * Compressions and archives around whole image files, each a {@link
 * dev.platter.image.wrap.Wrapping}:
 *
 * <ul>
 *   <li>{@code gz}: RFC 1952, all members; zeros behind the last one are let pass, as gzip does,
 *       and a description of at most 1 MiB is left out with a remark, unless it looks like a
 *       damaged member. Made in members of 1 MiB, on all cores.
 *   <li>{@code zip}: APPNOTE 6.3, ZIP64 too, with exactly one file in it, not counting directories
 *       and what systems leave ({@code __MACOSX/}, {@code .DS_Store} ...); stored, Deflate,
 *       Deflate64, bzip2, LZMA, xz, zstd.
 *   <li>{@code tar}: ustar, pax, GNU and older headers, with exactly one disk in it, sparse or not
 *       (see {@link dev.platter.archive}); other files are left out with a remark. Made in GNU's
 *       form, with {@code disk.raw} in it.
 *   <li>{@code xz}: the .xz file format 1.2, all streams, with padding; blocks on all cores.
 *   <li>{@code zst}: RFC 8878, all frames, skippable ones too; windows of at most 128 MiB.
 *   <li>{@code lz4}: LZ4 frame format 1.6, all frames, skippable ones too, linked blocks too; not
 *       the legacy format, which is that of Linux ramdisks, nor dictionaries.
 *   <li>{@code bz2}: all streams; not the randomised blocks that bzip2 has not made since 1999.
 * </ul>
 *
 * All of them read their file to its last byte: what is cut off, damaged, or followed by something
 * else is an error. Checksums are always compared.
 */
package dev.platter.wrap;
