package dev.platter.qcow2.check;

import dev.platter.image.CheckReport;

/**
 * What a repair knows of an image before it changes anything.
 *
 * @param counts how often each cluster is referred to
 * @param lowestBeyond the first cluster behind the end of the file that something points to
 * @param overflown whether a cluster is referred to more often than its refcount can tell
 * @param headerShared whether something points into the header's cluster
 * @param refcountClusters where the refcount table and its blocks are, in order, as often as they
 *     were counted
 */
public record Survey(
    CheckReport report,
    Findings findings,
    ReferenceCounts counts,
    long lowestBeyond,
    boolean overflown,
    boolean headerShared,
    long[] refcountClusters) {}
