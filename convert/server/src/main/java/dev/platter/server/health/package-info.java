/** Whether the service can do its work, and what keeps it from that. */
package dev.platter.server.health;
