/** Who makes a request. */
package dev.platter.server.identity;
