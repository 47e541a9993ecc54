package dev.platter.cli.line;

/**
 * A command line that shows what a command is for.
 *
 * @param purpose what it does
 * @param words the line without the program's name
 */
public record Example(String purpose, String words) {}
