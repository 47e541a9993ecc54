/**
 * The structures of a qcow2 file, one class each, and how its tables are read: header and\n *
 * extensions, L1 and L2 tables, snapshots, bitmaps.
 */
package dev.platter.qcow2.format;
