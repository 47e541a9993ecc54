/** Takes over what a Glance has: its records from its database, its data where they lie. */
package dev.platter.server.migrate;
