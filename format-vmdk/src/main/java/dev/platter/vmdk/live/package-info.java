/** Disks in use, extent by extent. */
package dev.platter.vmdk.live;
