package dev.platter.qcow2.write;

import java.io.IOException;

/**
 * Says where guest clusters lie, and writes it down in L1 and L2 tables. Clusters are told in guest
 * order; those that are passed over are absent.
 */
interface ClusterMapping {
  /** Every cluster before this one has been told: tables that lie wholly before it are complete. */
  void advance(long cluster, PlacementSink sink) throws IOException;

  /** Whether clusters without data have places too. */
  boolean placesAll();

  /** Where the data of a cluster goes, a host offset in the storage of the data. */
  long place(long cluster) throws IOException;

  /** How many clusters from this one on have places one behind the other; at least one. */
  long together(long cluster);

  /**
   * The cluster has data at the place asked for it.
   *
   * @param data one bit for each subcluster that holds data; never 0
   * @param zero one bit for each other subcluster that reads as zeros
   */
  void data(long cluster, long hostOffset, int data, int zero);

  /** The cluster is compressed, in these bytes of the image file. */
  void compressed(long cluster, long hostOffset, int length);

  /** Some subclusters read as zeros whatever the parent holds; the cluster has no data. */
  void zero(long cluster, int zero);

  /** Whole clusters read as zeros whatever the parent holds. */
  void zeroRun(long first, long count, PlacementSink sink) throws IOException;

  /** All clusters have been told: hands out what remains of the L2 tables. */
  void finish(PlacementSink sink) throws IOException;

  /** The L1 table; complete once {@link #finish} has returned. */
  PointerTable l1();
}
