/** Work that outlives the request that asks for it, and the node that is at it. */
package dev.platter.server.job;
