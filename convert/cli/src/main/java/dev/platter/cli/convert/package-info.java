/** The commands that write one disk into another: what they are asked, plan, and do. */
package dev.platter.cli.convert;
