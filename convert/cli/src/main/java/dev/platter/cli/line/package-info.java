/**
 * The command line: options and operands, the name under which the program was called, and why a
 * command ends early.
 */
package dev.platter.cli.line;
