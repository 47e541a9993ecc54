/** Files of FAT12, FAT16 and FAT32, with long names. */
package dev.platter.guest.files.fat;
