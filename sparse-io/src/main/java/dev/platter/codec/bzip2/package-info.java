/** Streams of bzip2, read. */
package dev.platter.codec.bzip2;
