/**
 * QEMU's first format, qcow version 1, which is called {@code qcow}; images of it are read. Numbers
 * are big-endian.
 *
 * <p>The header has 48 bytes: {@code QFI\xfb} and the version, 1; where the backing file's name is
 * and how long (at 8 and 16); when it was made (20); the disk's size in bytes (24); the logarithms
 * of a cluster's size (32) and of the number of entries in an L2 table (33); the encryption (36: 0
 * or 1, AES); and where the L1 table is (40). That has as many entries as the disk needs.
 *
 * <p>An L1 entry is the offset of an L2 table, an L2 entry that of a cluster, 0: nothing, so that
 * the backing file shows. With bit 63 set a cluster is compressed, deflate without a header: of the
 * bits below that as many as a cluster's size has hold the exact length, and the rest the offset,
 * which need not be aligned. Compressed clusters are not encrypted.
 *
 * <p>Where this goes beyond QEMU: a disk's size need not be whole sectors, and a cluster that lies
 * behind the file's end is an error instead of zeros.
 */
package dev.platter.qcow1;
