/** The settings, by the names that Glance has for them. */
package dev.platter.server.config;
