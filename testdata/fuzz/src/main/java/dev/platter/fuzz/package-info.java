/**
 * Readers fed by a fuzzer: targets that Jazzer calls with bytes of its own, seeds that it begins
 * with, and edits of seeds whose checksums are put right, so that what lies behind a checksum is
 * reached. A target throws nothing but what is a finding.
 */
package dev.platter.fuzz;
