/** Certificates in Barbican, OpenStack's key manager. */
package dev.platter.server.barbican;
