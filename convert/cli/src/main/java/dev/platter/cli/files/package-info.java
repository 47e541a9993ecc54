/** The commands that read files of a guest's file systems. */
package dev.platter.cli.files;
