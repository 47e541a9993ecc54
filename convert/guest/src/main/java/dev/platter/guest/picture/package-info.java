/**
 * A disk as a picture: what of it is stored, and what it holds. {@link
 * dev.platter.guest.picture.DiskSketch} gathers the numbers, {@link
 * dev.platter.guest.picture.DiskPicture} draws them.
 */
package dev.platter.guest.picture;
