/** Databases of RPM, read without RPM: the three kinds that there are, and the headers in them. */
package dev.platter.guest.packages.rpm;
