/** Files of XFS, versions 4 and 5, after "XFS Algorithms &amp; Data Structures". */
package dev.platter.guest.files.xfs;
