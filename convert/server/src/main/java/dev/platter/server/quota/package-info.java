/** How much projects use, and how much they may. */
package dev.platter.server.quota;
