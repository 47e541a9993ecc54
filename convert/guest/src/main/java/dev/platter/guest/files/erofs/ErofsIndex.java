package dev.platter.guest.files.erofs;

import dev.platter.guest.files.Bytes;
import dev.platter.guest.files.Source;
import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import java.io.IOException;

/**
 * What a compressed file says of its logical clusters, and behind it the entries for them, which
 * are all of eight bytes, or packed: two in eight bytes, sixteen in 32.
 */
final class ErofsIndex {
  static final int PLAIN = 0;
  static final int HEAD1 = 1;
  static final int NOT_HEAD = 2;
  static final int HEAD2 = 3;

  static final int ADVISE_INLINE = 0x08;
  static final int ADVISE_INTERLACED = 0x10;
  static final int ADVISE_FRAGMENT = 0x20;
  private static final int ADVISE_TWO_BYTES = 0x01;
  private static final int ADVISE_BIG1 = 0x02;
  private static final int ADVISE_BIG2 = 0x04;
  private static final int KNOWN_ADVICE = 0x3F;

  private static final int HEADER = 8;
  private static final int LEGACY_PADDING = 8;
  private static final int FULL_ENTRY = 8;
  private static final int ALL_IN_FRAGMENT = 0x80;
  private static final int CLUSTER_LOG = 0x0F;
  private static final int LARGEST_CLUSTER_LOG = 20;
  private static final int HAS_BLOCK_COUNT = 1 << 11;
  private static final int OFFSET_BITS = 12; // at least

  private final Source volume;
  private final ErofsSuperblock superblock;
  private final ErofsInode inode;
  private final Bytes header;
  private final int advice;
  private final int clusterLog;
  private final long clusters;
  private final long entries;

  /** The entries at the beginning of which two are in eight bytes, and those of sixteen in 32. */
  private final long firstLoose;

  private final long dense;

  /**
   * What is said of one logical cluster.
   *
   * @param offset where in it a new run of compressed bytes begins, if one does
   * @param back how many clusters before it the run's first one is, if none begins
   * @param blocks how many blocks the run has; 0: that is not said here
   */
  private record Cluster(int type, int offset, int back, long block, int blocks) {
    boolean isHead() {
      return type != NOT_HEAD;
    }
  }

  /**
   * A run of bytes that are compressed together.
   *
   * @param start in the file
   * @param end in the file
   * @param block where it is stored
   * @param stored bytes there
   * @param isLast whether nothing of the file follows
   */
  record Run(long start, long end, int type, long block, long stored, boolean isLast) {}

  ErofsIndex(Source volume, ErofsSuperblock superblock, ErofsInode inode) throws IOException {
    this.volume = volume;
    this.superblock = superblock;
    this.inode = inode;
    long place = (inode.behind() + HEADER - 1) / HEADER * HEADER;
    this.header = volume.read(place, HEADER);
    this.advice = isAllFragment() ? ADVISE_FRAGMENT : header.u16(4);
    this.clusterLog = superblock.blockLog() + (isAllFragment() ? 0 : header.u8(7) & CLUSTER_LOG);
    if ((advice & ~KNOWN_ADVICE) != 0
        || clusterLog > LARGEST_CLUSTER_LOG
        || !isAllFragment() && header.u8(7) > CLUSTER_LOG) {
      throw header.unsupported("compressed in a way that is not known");
    }
    boolean isFull = inode.layout() == ErofsInode.COMPRESSED_FULL;
    this.clusters = (inode.size() + (1L << clusterLog) - 1) >> clusterLog;
    this.entries = place + HEADER + (isFull ? LEGACY_PADDING : 0);
    this.firstLoose = (32 - entries % 32) / 4 & 7;
    this.dense =
        (advice & ADVISE_TWO_BYTES) != 0 && firstLoose < clusters
            ? (clusters - firstLoose) / 16 * 16
            : 0;
  }

  /** Whether all of the file lies among the ends of other files. */
  boolean isAllFragment() throws CorruptImageException {
    return (header.u8(7) & ALL_IN_FRAGMENT) != 0;
  }

  boolean advises(int advised) {
    return (advice & advised) != 0;
  }

  /** The number of the compression of a run. */
  int algorithm(Run run) throws CorruptImageException {
    int both = header.u8(6);
    return run.type() == HEAD2 ? both >> 4 : both & 0xF;
  }

  /** Where all of a file lies among the ends of others, if it {@link #isAllFragment}. */
  long fragment() throws CorruptImageException {
    return header.i64(0) & Long.MAX_VALUE;
  }

  /** Where its last run lies among them. */
  long fragment(Run last) throws CorruptImageException {
    boolean isFull = inode.layout() == ErofsInode.COMPRESSED_FULL;
    return header.u32(0) | (isFull ? last.block() << 32 & Long.MAX_VALUE : 0);
  }

  /** How many bytes the last run has that lies behind the index. */
  int inlineLength() throws CorruptImageException {
    return header.u16(2);
  }

  /** Where the last run lies, if it is behind the index. */
  long inlinePlace() throws CorruptImageException {
    return place(clusters - 1).end();
  }

  /** The run that holds a byte of the file. */
  Run runAt(long offset) throws IOException {
    long at = offset >> clusterLog;
    Cluster cluster = cluster(at);
    if (cluster.isHead() && offset - (at << clusterLog) < cluster.offset()) {
      at--;
      cluster = cluster(at);
    }
    while (!cluster.isHead()) {
      volume.step();
      header.require(cluster.back() > 0, "a run of compressed bytes that begins nowhere");
      at -= cluster.back();
      cluster = cluster(at);
    }
    long start = (at << clusterLog) + cluster.offset();
    long next = at + 1;
    while (next < clusters && !cluster(next).isHead()) {
      volume.step();
      next++;
    }
    long end = inode.size();
    if (next < clusters) { // the last one may begin where the file ends
      end = Math.min(end, (next << clusterLog) + cluster(next).offset());
    }
    header.require(
        start <= offset && offset < end, "runs of compressed bytes that contradict one another");
    return new Run(
        start, end, cluster.type(), cluster.block(), stored(at, cluster), end == inode.size());
  }

  private long stored(long at, Cluster head) throws IOException {
    boolean isBig = advises(head.type() == HEAD1 ? ADVISE_BIG1 : ADVISE_BIG2);
    if (isBig && at + 1 < clusters) {
      int blocks = cluster(at + 1).blocks();
      if (blocks > 0) {
        return (long) blocks << superblock.blockLog();
      }
    }
    return 1L << clusterLog;
  }

  private Cluster cluster(long at) throws IOException {
    header.require(at >= 0 && at < clusters, "logical cluster " + at + " of " + clusters);
    if (inode.layout() == ErofsInode.COMPRESSED_COMPACT) {
      return compact(at);
    }
    Bytes entry = volume.read(entries + at * FULL_ENTRY, FULL_ENTRY);
    int type = entry.u16(0) & 3;
    if (type == NOT_HEAD) {
      return notHead(entry.u16(4));
    }
    return head(type, entry.u16(2), entry.u32(4));
  }

  private Cluster head(int type, int offset, long block) throws CorruptImageException {
    header.require(offset < 1 << clusterLog, "a run that begins at " + offset + " of a cluster");
    return new Cluster(type, offset, 0, block, 0);
  }

  private static Cluster notHead(int distance) {
    return (distance & HAS_BLOCK_COUNT) != 0
        ? new Cluster(NOT_HEAD, 0, 1, 0, distance & HAS_BLOCK_COUNT - 1)
        : new Cluster(NOT_HEAD, 0, distance, 0, 0);
  }

  /**
   * Where an entry is.
   *
   * @param pack where the entries lie that are packed together with it
   * @param count how many these are
   * @param length how many bytes these are, of which the last four tell a block
   * @param index which of them it is
   */
  private record Place(long pack, int count, int length, int index) {
    long end() {
      return pack + length;
    }
  }

  private Place place(long cluster) throws CorruptImageException {
    if (inode.layout() == ErofsInode.COMPRESSED_FULL) {
      return new Place(entries + cluster * FULL_ENTRY, 1, FULL_ENTRY, 0);
    }
    long at = entries;
    long left = cluster;
    int size = 4;
    if (left >= firstLoose) {
      at += firstLoose * 4;
      left -= firstLoose;
      size = left < dense ? 2 : 4;
      if (left >= dense) {
        at += dense * 2;
        left -= dense;
      }
    }
    at += left * size;
    int count = size == 2 ? 16 : 2;
    boolean fits = size == 2 ? clusterLog <= 12 : clusterLog <= 14;
    header.require(fits, "packed entries for clusters of 2^" + clusterLog);
    int length = count * size;
    long pack = at / length * length;
    return new Place(pack, count, length, (int) (at - pack) / size);
  }

  /** Entries of a pack have as many bits as there are, but for four bytes at its end. */
  private Cluster compact(long at) throws IOException {
    Place place = place(at);
    Bytes pack = volume.read(place.pack(), place.length());
    int value = value(pack, place, place.index());
    int low = low(value);
    if (type(value) != NOT_HEAD) {
      return head(type(value), low, block(pack, place));
    }
    if ((low & HAS_BLOCK_COUNT) != 0 || place.index() + 1 < place.count()) {
      return notHead(low);
    }
    // The last one of a pack tells how far the next run is, and not how far its own began.
    int before = value(pack, place, place.index() - 1);
    int back = 0;
    if (type(before) == NOT_HEAD) {
      back = (low(before) & HAS_BLOCK_COUNT) != 0 ? 1 : low(before);
    }
    return new Cluster(NOT_HEAD, 0, back + 1, 0, 0);
  }

  private int lowBits() {
    return Math.max(clusterLog, OFFSET_BITS);
  }

  private int low(int value) {
    return value & (1 << lowBits()) - 1;
  }

  private int type(int value) {
    return value >> lowBits() & 3;
  }

  private static int value(Bytes pack, Place place, int index) throws CorruptImageException {
    int bits = (place.length() - Integer.BYTES) * 8 / place.count();
    int bit = bits * index;
    long at = Math.min(bit / 8, place.length() - Integer.BYTES);
    return (int) (pack.u32(at) >>> bit - at * 8) & (1 << bits) - 1;
  }

  /** The pack's block, and all that the runs take that begin in front of this one. */
  private long block(Bytes pack, Place place) throws ImageException {
    boolean isBig = advises(ADVISE_BIG1) || advises(ADVISE_BIG2);
    long blocks = isBig ? 0 : 1;
    for (int i = place.index(); i > 0; ) {
      i--;
      int value = value(pack, place, i);
      int low = low(value);
      boolean isHead = type(value) != NOT_HEAD;
      if (!isBig) {
        i -= isHead ? 0 : low;
        blocks += i >= 0 ? 1 : 0;
      } else if (isHead) {
        blocks++;
      } else if ((low & HAS_BLOCK_COUNT) != 0) {
        i--;
        blocks += low & HAS_BLOCK_COUNT - 1;
      } else {
        pack.require(low > 1, "a run without a number of blocks");
        i -= low - 2;
      }
    }
    return pack.u32(place.length() - Integer.BYTES) + blocks;
  }
}
