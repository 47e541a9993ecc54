/** The page at {@code /ui}. */
package dev.platter.server.ui;
