/** Files of NTFS, as far as its layout has become known; encrypted ones are refused. */
package dev.platter.guest.files.ntfs;
