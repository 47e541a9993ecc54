package dev.platter.guest.files.ntfs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.MappedSource;
import dev.platter.guest.files.Source;
import dev.platter.guest.files.ntfs.NtfsRecord.Attribute;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Fault;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An attribute's bytes, found through its runs of clusters. */
final class NtfsRuns extends MappedSource {
  private static final int MAX_RUNS = 1 << 20;
  private static final long HOLE = -1;

  /** A volume has fewer than 2^32, in numbers of up to five bytes. */
  private static final long MAX_CLUSTERS = 1L << 32;

  private static final long MAX_PACKED = 1L << 52;

  private final Source volume;
  private final int clusterSize;
  private long written;
  private final TreeMap<Long, Run> runs = new TreeMap<>();

  private record Run(long first, long length, long cluster) {}

  /**
   * @param parts not resident ones
   */
  NtfsRuns(String name, List<Attribute> parts, Source volume, int clusterSize) throws IOException {
    this(name, parts, volume, clusterSize, size(parts));
  }

  private NtfsRuns(String name, List<Attribute> parts, Source volume, int clusterSize, long size)
      throws IOException {
    super(name, size, volume.budget());
    this.volume = volume;
    this.clusterSize = clusterSize;
    long initialized = 0;
    for (Attribute part : parts) {
      if (part.firstCluster() == 0) {
        initialized = part.writtenSize();
      }
      addRuns(part);
    }
    this.written = initialized;
  }

  /** All clusters, which may be more than the bytes take that they hold, and hold them packed. */
  static NtfsRuns ofPacked(String name, List<Attribute> parts, Source volume, int clusterSize)
      throws IOException {
    NtfsRuns runs = new NtfsRuns(name, parts, volume, clusterSize, MAX_PACKED);
    runs.written = MAX_PACKED;
    return runs;
  }

  /** How many of the next bytes have clusters; {@code offset} is a multiple of a cluster. */
  long storedFrom(long offset, int length) {
    long stored = 0;
    while (stored < length) {
      long cluster = (offset + stored) / clusterSize;
      Map.Entry<Long, Run> floor = runs.floorEntry(cluster);
      Run run = floor == null ? null : floor.getValue();
      if (run == null || run.cluster() == HOLE || cluster >= run.first() + run.length()) {
        break;
      }
      stored += (run.first() + run.length() - cluster) * clusterSize;
    }
    return Math.min(stored, length);
  }

  /** Only the first part tells it. */
  private static long size(List<Attribute> parts) throws CorruptImageException {
    for (Attribute part : parts) {
      if (!part.resident() && part.firstCluster() == 0) {
        return part.dataSize();
      }
    }
    return 0;
  }

  private void addRuns(Attribute part) throws IOException {
    long[] first = {part.firstCluster()};
    Bytes bytes = part.runs();
    readRuns(
        part,
        (cluster, length) -> {
          step();
          bytes.require(runs.size() < MAX_RUNS, "more than " + MAX_RUNS + " runs");
          bytes.require(
              length <= MAX_CLUSTERS - first[0], "run of " + length + " clusters at " + cluster);
          runs.put(first[0], new Run(first[0], length, cluster));
          first[0] += length;
        });
  }

  /** Takes a run of clusters. */
  interface RunVisitor {
    /**
     * @param cluster where they are; negative: nowhere, they are a hole
     */
    void run(long cluster, long length) throws IOException;
  }

  /** Hands out the clusters of one part of an attribute. */
  static void eachRun(Attribute part, RunVisitor visitor) throws IOException {
    readRuns(
        part,
        (cluster, length) -> {
          if (cluster != HOLE) {
            visitor.run(cluster, length);
          }
        });
  }

  /**
   * Each run: a byte with the widths of its two numbers, its length, its distance from the last.
   */
  private static void readRuns(Attribute part, RunVisitor visitor) throws IOException {
    Bytes bytes = part.runs();
    long cluster = 0;
    for (int at = 0; bytes.u8(at) != 0; ) {
      int lengthBytes = bytes.u8(at) & 0xF;
      int distanceBytes = bytes.u8(at) >> 4;
      bytes.require(
          lengthBytes <= 5 && distanceBytes <= 5,
          "run with numbers of " + lengthBytes + " and " + distanceBytes + " bytes");
      long length = number(bytes, at + 1, lengthBytes);
      long distance = number(bytes, at + 1 + lengthBytes, distanceBytes);
      cluster += distance;
      bytes.require(
          length > 0 && length <= MAX_CLUSTERS && cluster >= 0 && cluster <= MAX_CLUSTERS,
          "run of " + length + " clusters at " + cluster);
      visitor.run(distanceBytes == 0 ? HOLE : cluster, length);
      at += 1 + lengthBytes + distanceBytes;
    }
  }

  private static long number(Bytes bytes, int at, int count) throws CorruptImageException {
    long value = 0;
    for (int i = count - 1; i >= 0; i--) {
      int part = bytes.u8(at + i);
      value = value << 8 | (i == count - 1 ? (byte) part : part);
    }
    return value;
  }

  @Override
  protected Piece pieceAt(long offset) throws IOException {
    if (offset >= written) {
      return Piece.zeros(size() - offset);
    }
    Map.Entry<Long, Run> floor = runs.floorEntry(offset / clusterSize);
    Run run = floor == null ? null : floor.getValue();
    if (run == null || offset / clusterSize >= run.first() + run.length()) {
      throw Fault.on(name())
          .corrupt("no run tells where byte 0x" + Long.toHexString(offset) + " is");
    }
    long within = offset - run.first() * clusterSize;
    long left = Math.min(run.length() * clusterSize - within, written - offset);
    return run.cluster() == HOLE
        ? Piece.zeros(left)
        : new Piece(left, volume, volume.offsetOf(run.cluster(), clusterSize) + within);
  }
}
