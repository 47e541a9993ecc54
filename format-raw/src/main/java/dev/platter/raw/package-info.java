/**
 * Disks as plain bytes: the guest's byte n is the file's byte n. There is no specification; as in
 * QEMU, a file that does not end at a sector is a disk that does, the missing bytes reading as
 * zeros.
 *
 * <p>A raw disk that is the image of an optical disc is a format of its own in name and in what is
 * told of it: ISO 9660 (ECMA-119) with Joliet, Rock Ridge and El Torito, UDF (ECMA-167), and the
 * partition tables of isohybrid. Nothing that its descriptors say changes how it is read, so that
 * none of it can be wrong enough to fail.
 *
 * <p>So are kernels and ramdisks ({@code aki}, {@code ari}), which image services keep beside
 * disks: names for bytes that are raw in effect. Their {@code ami}, a file system without
 * partitions, is a raw disk like others.
 */
package dev.platter.raw;
