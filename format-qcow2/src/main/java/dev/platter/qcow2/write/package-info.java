/**
 * Lays out a new image: places are handed out in guest order, tables follow once they are
 * complete,\n * the header comes last.
 */
package dev.platter.qcow2.write;
