/**
 * Bytes on a medium: files, block devices, memory, streams. This is the only package that talks to
 * the system: it knows holes, reservation and kernel copies, and nothing of disk images.
 */
package dev.platter.storage;
