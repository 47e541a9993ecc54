/**
 * QED, QEMU's format between qcow and qcow2 version 3; images of it are read and checked. Numbers
 * are little-endian; see "QED Image File Format Specification" in QEMU's documentation.
 *
 * <p>The header has 64 bytes in clusters of their own: {@code QED\0}; the sizes of a cluster in
 * bytes, of a table and of the header in clusters; features in three words, of which those of the
 * first must be understood; where the L1 table is; the disk's size in bytes; and where in the
 * header the backing file's name is and how long. L1 and L2 tables are of one size. An L1 entry is
 * the offset of an L2 table, an L2 entry that of a cluster; 0 is nothing, and 1 in an L2 table a
 * cluster of zeros.
 *
 * <p>An image that was not closed cleanly (feature "need check") is read as it is, and told so: its
 * tables may point to clusters behind the end of the file, which is an error where they are read.
 */
package dev.platter.qed;
