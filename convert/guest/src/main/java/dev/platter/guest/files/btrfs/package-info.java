/** Files of Btrfs, after its documentation's "On-disk Format", compressed ones among them. */
package dev.platter.guest.files.btrfs;
