/** Who may do what. */
package dev.platter.server.policy;
