/** What is made of files that may change while the service runs. */
package dev.platter.server.live;
