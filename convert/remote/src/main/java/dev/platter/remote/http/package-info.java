/**
 * Images on web servers, read where they lie (RFC 9110): by ranges with read-ahead and several
 * requests in flight, or, from a server without ranges, in order, no further than needed. A file
 * that changes, or that a server tells a wrong length of, is an error.
 *
 * <p>The client is this package's own (RFC 9112), and serves registries and blobs as well: bytes go
 * from the system into the memory where they are wanted, as many at a time as there are, where the
 * JDK's client hands small pieces from thread to thread. Left out: HTTP/2 (its streams share one
 * connection's window), cookies that servers set, answers that are compressed.
 */
package dev.platter.remote.http;
