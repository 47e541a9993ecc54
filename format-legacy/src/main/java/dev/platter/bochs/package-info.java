/**
 * Disks of Bochs that grow as they are written to ("growing" mode); images of them are read.
 * Numbers are little-endian.
 *
 * <p>The header has the magic text and, as texts of 16 bytes each, type and subtype: {@code
 * Redolog} and {@code Growing}. At 64 follow the version (0x10000 or 0x20000), the header's length
 * in bytes, the number of entries in the catalog, and the bytes of an extent's bitmap and of an
 * extent; then the disk's size in bytes, behind four bytes for a time in version 2. The catalog
 * behind the header has the number of each extent in the file, 0xffffffff where there is none. An
 * extent is its bitmap, in whole sectors, and its sectors; those whose bit is not set are zeros.
 *
 * <p>The other subtypes, {@code Undoable} and {@code Volatile}, are changes to another disk that
 * the file does not name; they are refused.
 */
package dev.platter.bochs;
