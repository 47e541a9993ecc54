/**
 * Images on web servers, read where they lie (RFC 9110): by ranges with read-ahead and several
 * requests in flight, or, from a server without ranges, in order, no further than needed. A file
 * that changes, or that a server tells a wrong length of, is an error.
 *
 * <p>The client is the JDK's, which the program's runtime holds anyway. Left out: writing, HTTP/2
 * (its streams share one connection's window), cookies that servers set.
 */
package dev.platter.remote.http;
