/** Counts what refers to each cluster, compares that with what the refcounts say, and repairs. */
package dev.platter.qcow2.check;
