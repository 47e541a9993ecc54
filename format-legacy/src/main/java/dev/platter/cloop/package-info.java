/**
 * Disks compressed for the Linux driver cloop, version 2, as live systems once had them; they are
 * read. Numbers are big-endian.
 *
 * <p>A shell script in 128 bytes that begins with {@code #!/bin/sh}, {@code #V2.0 Format} and
 * {@code modprobe cloop}; the size of a block in bytes and how many there are; where each block's
 * zlib stream begins, and where the last one ends. The disk has whole blocks, whatever was packed.
 */
package dev.platter.cloop;
