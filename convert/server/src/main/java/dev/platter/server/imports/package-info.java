/** Imports: asking for one, its course, and what is put right after a failure or a restart. */
package dev.platter.server.imports;
