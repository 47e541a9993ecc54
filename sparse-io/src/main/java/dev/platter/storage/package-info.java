/**
 * Bytes on a medium: files, block devices, memory, streams. This is the only package that talks to
 * the system: it knows holes, reservation and kernel copies, and nothing of disk images.
 *
 * <p>{@link dev.platter.storage.FileStorage} decides whether Linux's system calls are used (all of
 * them in one class, {@code Posix}) or plain Java. Errors of the system keep its number and words
 * ({@link dev.platter.storage.SystemException}).
 */
package dev.platter.storage;
