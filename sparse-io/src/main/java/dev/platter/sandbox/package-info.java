/**
 * A process that works on what strangers send: it can open the files that it was given and no
 * others, reach no network, make no file, start no program, and use so much memory, processor time
 * and disk. {@link dev.platter.sandbox.Sandbox} starts one, {@link dev.platter.sandbox.Confinement}
 * is what it does first itself. Linux only (x86-64, aarch64): Landlock, seccomp and rlimits.
 */
package dev.platter.sandbox;
