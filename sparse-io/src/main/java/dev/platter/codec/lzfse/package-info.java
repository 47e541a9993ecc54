/** Streams of LZFSE and LZVN, as Apple's disk images have them; knows arrays of bytes alone. */
package dev.platter.codec.lzfse;
