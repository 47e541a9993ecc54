package dev.platter.qcow2.format;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.invoke.VarHandle;

/**
 * Where the clusters of one disk are: the active one, or that of an internal snapshot ("Cluster
 * mapping"). Holds its L1 table; L2 tables come and go through the cache.
 */
public final class Qcow2Map implements BlockMap {
  /** How many pieces of L2 tables one query looks at before it answers with what it has. */
  private static final int MAX_PIECES_PER_QUERY = 128;

  private final ImageHead head;
  private final long size;
  private final L1Table l1;
  private final L2Pieces tables;
  private final L2Reader entries;
  private final Storage guestStorage;
  private final FileEnds ends;
  private final int clusterBits;
  private final int l2SpanBits;
  private final Encoding encoding;

  /**
   * @param size the size of the disk, bytes
   * @param guestStorage what holds the guest's clusters: the image's own file or its data file
   */
  public Qcow2Map(ImageHead head, long size, L1Table l1, Storage storage, Storage guestStorage)
      throws IOException {
    this(
        head,
        size,
        l1,
        new TableCache(storage, head.header().clusterSize()),
        guestStorage,
        new FileEnds(storage, guestStorage));
  }

  public Qcow2Map(
      ImageHead head, long size, L1Table l1, L2Pieces tables, Storage guestStorage, FileEnds ends) {
    Qcow2Header header = head.header();
    this.head = head;
    this.size = size;
    this.l1 = l1;
    this.tables = tables;
    this.guestStorage = guestStorage;
    this.ends = ends;
    this.clusterBits = header.clusterBits();
    this.l2SpanBits = Long.numberOfTrailingZeros(header.l2Span());
    this.encoding = header.compression();
    this.entries = L2Reader.of(head, ends);
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return 1 << clusterBits;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > size) {
      throw new IllegalArgumentException(
          head.name() + ": no extent at " + offset + ", limit " + limit + ", size " + size);
    }
    MappedRun run = new MappedRun(offset, limit);
    int pieces = 0;
    while (!run.finished()) {
      int l1Index = (int) (run.end() >>> l2SpanBits);
      if ((l1.entryAt(l1Index) & Entries.OFFSET_MASK) == 0) {
        run.add(MappedRun.Kind.ABSENT, 0, endOfUnmapped(l1Index, limit));
      } else if (pieces++ == MAX_PIECES_PER_QUERY) {
        break;
      } else {
        walkPiece(run, l1Index);
      }
    }
    return extent(run);
  }

  /** The end of the run of L1 entries without a table that begins at {@code l1Index}. */
  private long endOfUnmapped(int l1Index, long limit) {
    int last = (int) (limit - 1 >>> l2SpanBits);
    int next = l1.nextAllocated(l1Index + 1, last + 1);
    return next > last ? limit : (long) next << l2SpanBits;
  }

  /** Goes on with the entries of one piece of an L2 table, until the run or the piece ends. */
  private void walkPiece(MappedRun run, int l1Index) throws IOException {
    long tableOffset;
    try {
      tableOffset = tableOffset(l1Index);
    } catch (CorruptImageException e) {
      run.failAtEnd(e);
      return;
    }
    int entryBits = Integer.numberOfTrailingZeros(head.header().l2EntrySize());
    int pieceEntries = tables.pieceBytes() >> entryBits;
    int l2Index = (int) (run.end() >>> clusterBits) & (head.header().l2Entries() - 1);
    int first = l2Index & -pieceEntries;
    long pieceOffset = tableOffset + ((long) first << entryBits);
    long[] words = tables.pieceAt(pieceOffset);
    entries.walk(run, words, l2Index - first, pieceEntries, pieceOffset);
  }

  private long tableOffset(int l1Index) throws CorruptImageException {
    long tableOffset = l1.entryAt(l1Index) & Entries.OFFSET_MASK;
    long clusterSize = 1L << clusterBits;
    if ((tableOffset & (clusterSize - 1)) != 0) {
      throw head.corrupt(
          l1.nameOf(l1Index)
              + ": L2 table offset "
              + ImageHead.hex(tableOffset)
              + " unaligned, expected a multiple of "
              + clusterSize);
    }
    VarHandle.loadLoadFence(); // who adds a table moves the end of the file first
    long fileSize = ends.image();
    if (tableOffset > fileSize - clusterSize) {
      throw head.corrupt(
          l1.nameOf(l1Index)
              + ": the L2 table ends past the end of the file ("
              + ImageHead.hex(tableOffset + clusterSize)
              + " > "
              + ImageHead.hex(fileSize)
              + ")");
    }
    return tableOffset;
  }

  private Extent extent(MappedRun run) {
    long offset = run.offset();
    long length = run.end() - offset;
    return switch (run.kind()) {
      case ABSENT -> new Extent.Absent(offset, length);
      case ZERO -> new Extent.Zero(offset, length);
      case ZERO_ALLOCATED -> new Extent.Zero(offset, length, run.host());
      case DATA -> data(offset, length, run.host());
      case COMPRESSED -> compressed(offset, length, run.host());
    };
  }

  /** What a cluster has past the end of the file reads as zeros. */
  private Extent data(long offset, long length, long host) {
    long guestStorageSize = ends.guest();
    if (host >= guestStorageSize) {
      return new Extent.Zero(offset, length, host);
    }
    return new Extent.Data(offset, Math.min(length, guestStorageSize - host), guestStorage, host);
  }

  private Extent compressed(long offset, long length, long descriptor) {
    long host = Entries.compressedOffset(descriptor, clusterBits);
    int stored = Entries.compressedLength(descriptor, clusterBits);
    int clusterSize = 1 << clusterBits;
    return new Extent.Encoded(
        offset,
        length,
        encoding,
        guestStorage,
        host,
        (int) Math.min(stored, ends.guest() - host),
        clusterSize,
        (int) (offset & (clusterSize - 1)));
  }
}
