/**
 * Snapshots of volumes in Amazon's EBS by its direct API: read and made without any volume or
 * machine there. A snapshot is a whole number of GiB, in blocks of 512 KiB, of which only those are
 * stored that were put. Left out: incremental snapshots, and to see to it that EBS has done all
 * that it does on its own once a snapshot is complete.
 */
package dev.platter.remote.ebs;
