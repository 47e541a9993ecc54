/**
 * The database: transactions and plain statements. The tables are in the migrations beside this
 * package's resources.
 */
package dev.platter.server.db;
