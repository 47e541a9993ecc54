package dev.platter.dmg;

import java.util.List;

/**
 * A part of the disk, which has a table of its own.
 *
 * @param name as the image calls it; may be empty
 * @param checksum of its content, without the chunks that are ignored
 * @param chunks in the order of the table
 */
record Part(String name, Checksum checksum, List<Chunk> chunks) {}
