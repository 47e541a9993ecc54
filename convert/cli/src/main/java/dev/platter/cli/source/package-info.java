/**
 * What commands read: images opened by their names, under locks, out of compressions, from pipes.
 */
package dev.platter.cli.source;
