/**
 * The qcow2 format, versions 2 and 3, after QEMU's specification "Qcow2 Image File Format"
 * (docs/interop/qcow2).
 *
 * <p>Everything that specification defines is read, but the contents of encrypted disks: an
 * encrypted image is described and checked, its map is refused. Limits beyond the specification are
 * QEMU's: clusters of at most 2 MiB, L1 tables of at most 32 MiB, refcount tables of at most 8 MiB,
 * 65536 snapshots, 65535 bitmaps. Where the specification is silent this package does what qemu-img
 * does: a data cluster beyond the end of the file reads as zeros, a table beyond it is an error.
 */
package dev.platter.qcow2;
