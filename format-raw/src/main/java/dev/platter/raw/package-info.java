/**
 * Disks as plain bytes: the guest's byte n is the file's byte n. There is no specification; as in
 * QEMU, a file that does not end at a sector is a disk that does, the missing bytes reading as
 * zeros.
 */
package dev.platter.raw;
