/**
 * Files of squashfs 4.0 ("Squashfs 4.0 Filesystem", Linux kernel documentation), with every
 * compression that it has.
 */
package dev.platter.guest.files.squashfs;
