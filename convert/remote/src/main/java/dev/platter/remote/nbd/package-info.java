/**
 * Network Block Device: a client and a server of the fixed newstyle protocol (NBD project, {@code
 * doc/proto.md}), with structured replies, block status, write zeroes, trim, flush, FUA and several
 * connections at once.
 *
 * <p>Left out: TLS, the old style of greeting, extended headers, resize and cache. Everything that
 * the other side says is checked before it is used: a server bounds what a client may ask for and
 * ends a connection that breaks the protocol; a client takes no byte outside of what it asked for.
 */
package dev.platter.remote.nbd;
