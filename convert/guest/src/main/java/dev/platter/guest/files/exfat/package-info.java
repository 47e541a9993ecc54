/** Files and free clusters of exFAT ("exFAT file system specification", Microsoft). */
package dev.platter.guest.files.exfat;
