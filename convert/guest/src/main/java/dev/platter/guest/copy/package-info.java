/**
 * Files out of a guest's file systems: walked, made files of the host, put into a tar. Names, links
 * and counts are the guest's and therefore hostile: nothing is written but where it was asked for.
 */
package dev.platter.guest.copy;
