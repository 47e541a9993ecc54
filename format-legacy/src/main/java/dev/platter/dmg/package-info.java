/**
 * Disk images of Apple (UDIF), which are read. Numbers are big-endian, and sectors have 512 bytes.
 *
 * <p>The last 512 bytes ({@link dev.platter.dmg.Trailer}) begin with {@code koly} and say how many
 * sectors the disk has, where the data are, and where the tables: in a property list as the
 * resources {@code blkx}, or in a resource fork of the old kind. There is a table for each part of
 * the disk, a partition or what lies between them ({@link dev.platter.dmg.ChunkTable}); it lists
 * chunks, each by itself zeros, bytes as they are, or compressed.
 *
 * <p>All tables together are the disk. A chunk that reaches past the disk's end, or into another,
 * is an error; so is a sector that is read and that no table tells of. Checksums are not verified.
 * Encrypted images, and those in several files, are refused by name.
 */
package dev.platter.dmg;
