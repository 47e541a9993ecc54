/** Files of ext2, ext3 and ext4, after the Linux kernel's "ext4 Data Structures and Algorithms". */
package dev.platter.guest.files.ext;
