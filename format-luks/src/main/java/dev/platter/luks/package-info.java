/**
 * Disks encrypted with LUKS, after "LUKS1 On-Disk Format Specification" 1.2.3 and "LUKS2 On-Disk
 * Format Specification" 1.1.1: a header with key slots ({@link dev.platter.image.luks}), and behind
 * it, or in another file, the disk, every sector encrypted.
 *
 * <p>Beyond QEMU, which knows version 1 alone: version 2, with one encrypted segment.
 */
package dev.platter.luks;
