/**
 * Records of images: their rows, the rules about who sees and changes what, lists, patches,
 * members, tags.
 */
package dev.platter.server.image;
