/**
 * Opens an image and all that it stands on: compressions around its file, the formats of its
 * layers, and the parents, which {@link dev.platter.image.chain.ImageChain} alone follows.
 */
package dev.platter.image.chain;
