/** The stores that are configured, and the deletion of what nobody's record speaks of any more. */
package dev.platter.server.store;
