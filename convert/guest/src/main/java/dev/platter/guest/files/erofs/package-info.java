/**
 * Files of EROFS, the Enhanced Read-Only File System ("EROFS - Enhanced Read-Only File System" and
 * "EROFS on-disk format", Linux kernel documentation).
 */
package dev.platter.guest.files.erofs;
