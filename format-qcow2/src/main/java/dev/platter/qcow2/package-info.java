/**
 * The qcow2 format, versions 2 and 3, after QEMU's specification "Qcow2 Image File Format"
 * (docs/interop/qcow2).
 *
 * <p>Everything that specification defines is read, but the contents of encrypted disks: an
 * encrypted image is described and checked, its map is refused. Limits beyond the specification are
 * QEMU's: clusters of at most 2 MiB, L1 tables of at most 32 MiB, refcount tables of at most 8 MiB,
 * 65536 snapshots, 65535 bitmaps.
 *
 * <p>Where this package departs from what qemu-img does:
 *
 * <ul>
 *   <li>A table or a data cluster that begins past the end of the file is an error; qemu-img reads
 *       zeros there, and so turns an image that was cut short into a disk with holes. The last
 *       cluster of the file need not be there in full, and a data file may end early.
 *   <li>A disk size that is not a multiple of 512 is kept to the byte; qemu-img rounds it down.
 *   <li>The map of an internal snapshot has the size that the disk had then; qemu-img shows it with
 *       the size that the disk has now.
 *   <li>While a disk is written to, bits of its enabled bitmaps are stored in their place, and runs
 *       of whole clusters of them as the one table entry for that; bitmaps that are disabled are
 *       not marked as in use. Enabled ones whose extra data may not be ignored, or with more than
 *       131072 clusters of bits, are left in use: nobody relies on them.
 * </ul>
 */
package dev.platter.qcow2;
