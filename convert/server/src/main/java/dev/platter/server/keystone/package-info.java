/** Keystone: what tokens prove, and what projects may use. */
package dev.platter.server.keystone;
