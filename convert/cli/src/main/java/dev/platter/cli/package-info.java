/**
 * The binary: {@code platter}, and the same program under the name {@code qemu-img}, whose command
 * lines, output, exit codes and messages it then follows (QEMU 10.2).
 */
package dev.platter.cli;
