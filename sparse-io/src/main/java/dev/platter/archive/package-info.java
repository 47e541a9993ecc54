/**
 * Archives of tar, read where they lie or as they pass by: POSIX's ustar and pax (IEEE Std 1003.1,
 * pax, "ustar Interchange Format"), GNU's own form ("GNU tar", chapter "Basic Tar Format") with
 * long names and sparse files ("Storing Sparse Files": the old form, and pax forms 0.0, 0.1 and
 * 1.0), and headers of before ustar.
 */
package dev.platter.archive;
