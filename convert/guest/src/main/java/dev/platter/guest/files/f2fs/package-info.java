/**
 * Files of F2FS, the Flash-Friendly File System ("Flash-Friendly File System (F2FS)", Linux kernel
 * documentation), as the newest checkpoint has them.
 */
package dev.platter.guest.files.f2fs;
