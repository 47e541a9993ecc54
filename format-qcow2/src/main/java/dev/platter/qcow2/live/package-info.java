/** Keeps the books of a disk that is written to while it is in use. */
package dev.platter.qcow2.live;
