/**
 * Benchmarks of the pieces, with JMH: zero detection, codecs, and walks over the maps of all
 * formats. How the pieces play together is what the race measures.
 */
package dev.platter.benchmarks.jmh;
