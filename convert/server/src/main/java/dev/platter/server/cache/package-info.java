/** Copies of images on this node, so that what lies far away is read once. */
package dev.platter.server.cache;
