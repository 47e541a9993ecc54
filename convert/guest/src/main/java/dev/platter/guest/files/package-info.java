/**
 * Bytes of a guest's disk seen as files, read-only: volumes, file systems, and just enough of each
 * to find a path and read it. Every number is the guest's and therefore hostile: {@link
 * dev.platter.guest.files.Bytes} checks every access, {@link dev.platter.guest.files.Budget} ends
 * what takes too long, and nothing but {@link java.io.IOException} comes out.
 */
package dev.platter.guest.files;
