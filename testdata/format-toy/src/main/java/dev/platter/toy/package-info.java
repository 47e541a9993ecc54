/**
 * The smallest example of a format, and the test that one can be added without touching the rest of
 * the house: it is in no list but that of the build's modules.
 *
 * <p>A toy disk has a header of 4096 bytes ({@link dev.platter.toy.ToyHeader}), a table with a
 * 32-bit little-endian word for each block of 64 KiB, and the blocks that hold anything. A word is
 * the number of a block in the file, the first one behind the table being 1; 0 means that the block
 * is zeros.
 */
package dev.platter.toy;
