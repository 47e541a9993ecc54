/** New disks: flat and sparse extents, streams, and the descriptors around them. */
package dev.platter.vmdk.write;
