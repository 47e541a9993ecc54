/**
 * What is printed, whatever it is about: sizes, JSON, reasons of errors, standard output itself.
 */
package dev.platter.cli.text;
