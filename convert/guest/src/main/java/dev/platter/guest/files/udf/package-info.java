/**
 * Files of UDF (OSTA, "Universal Disk Format Specification", 1.02 to 2.60, on ECMA-167), on plain,
 * sparable and metadata partitions.
 */
package dev.platter.guest.files.udf;
