/**
 * Signatures of images, as OpenStack's cursive library makes and verifies them: four properties of
 * the image, a certificate found by its identifier, and a signature over the bytes uploaded.
 */
package dev.platter.service.signature;
