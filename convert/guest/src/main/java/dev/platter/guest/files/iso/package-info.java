/**
 * Files of discs: ISO 9660 (ECMA-119), with the names and attributes of Rock Ridge (IEEE P1282) or
 * the names of Joliet.
 */
package dev.platter.guest.files.iso;
