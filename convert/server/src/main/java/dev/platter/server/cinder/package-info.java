/** Images in volumes of Cinder. */
package dev.platter.server.cinder;
