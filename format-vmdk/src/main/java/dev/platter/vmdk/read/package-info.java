/** Disks as they are: the descriptor and its extents, and where their grains lie. */
package dev.platter.vmdk.read;
