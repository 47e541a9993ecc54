/**
 * The race: whole processes against each other, on the same files, in turn.
 *
 * <p>A {@link dev.platter.benchmarks.race.Row} is one piece of work with its contenders. {@link
 * dev.platter.benchmarks.race.Race} runs the rows, and appends every run to a file of results;
 * {@link dev.platter.benchmarks.race.Report} makes the tables and plots from all that it holds.
 * Needs nothing but {@code java.base}, because it runs in the program's own runtime image.
 */
package dev.platter.benchmarks.race;
