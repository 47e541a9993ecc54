/**
 * What of a guest's disk nobody uses, so that copies need not have it. What file systems say of
 * themselves is checked against itself; where anything does not fit, all of a volume is kept.
 */
package dev.platter.guest.free;
