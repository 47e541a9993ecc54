/** Requests to services that the settings name. */
package dev.platter.server.client;
