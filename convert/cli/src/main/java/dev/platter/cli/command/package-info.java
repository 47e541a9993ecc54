/** The commands themselves. */
package dev.platter.cli.command;
