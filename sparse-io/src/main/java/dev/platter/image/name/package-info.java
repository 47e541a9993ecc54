/**
 * How images are called: what users and other images write ({@link
 * dev.platter.image.name.ImageName}), and where the names lead that images carry ({@link
 * dev.platter.image.name.References}).
 */
package dev.platter.image.name;
