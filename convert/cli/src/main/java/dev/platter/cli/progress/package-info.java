/** How far long work is, shown in one of several ways, and what happens when it is interrupted. */
package dev.platter.cli.progress;
