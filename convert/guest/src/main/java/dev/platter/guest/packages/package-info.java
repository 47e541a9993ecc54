/**
 * What is installed in the systems on a disk, as their package managers keep it: {@link
 * dev.platter.guest.packages.SystemPackages}.
 */
package dev.platter.guest.packages;
