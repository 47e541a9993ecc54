/** The processes that share a database: who is there, who has died, and what each may judge. */
package dev.platter.server.node;
