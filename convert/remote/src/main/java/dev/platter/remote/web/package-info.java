/** What lies under {@code http:} and {@code https:}, to be read or made. */
package dev.platter.remote.web;
