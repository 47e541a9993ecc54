package dev.platter.dmg;

/**
 * A resource of the kind {@code blkx}.
 *
 * @param name what part of the disk it is for, as the image calls it; may be empty
 * @param table what {@link ChunkTable} reads
 */
record Resource(String name, byte[] table) {}
