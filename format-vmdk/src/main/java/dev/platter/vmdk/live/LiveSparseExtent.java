package dev.platter.vmdk.live;

import dev.platter.image.Extent;
import dev.platter.image.Limits;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage.Use;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.CowdHeader;
import dev.platter.vmdk.format.ExtentLine;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.GrainDirectory;
import dev.platter.vmdk.format.SeSparseHeader;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A hosted sparse extent in use. New grains go behind all others, and are on the medium before the
 * tables point to them. A grain that was given its place keeps it; zeros in it are a hole of the
 * file. From its first modification until it is closed the extent says so ({@code
 * uncleanShutdown}): should the power fail, the two copies of the tables may differ, and the next
 * who opens it makes the second one like the first.
 */
public final class LiveSparseExtent extends LiveExtent {
  private static final int UNCLEAN_AT = 72;
  private static final long UNALLOCATED = 0;
  private static final long ZEROED = 1;

  /** How many tables one answer of the map takes in. */
  private static final int MOST_TABLES = 128;

  private final WritableStorage storage;
  private final SparseHeader header;
  private final LiveGrainTables tables;
  private final boolean hasParent;
  private final long grainSize;
  private final int mostChanged;
  private final Barrier barrier;

  /** From where on the file reads as zeros unless a grain was put there. */
  private final long zerosFrom;

  /** Places that were handed out and given back, bytes. */
  private final TreeSet<Long> free = new TreeSet<>();

  /** Where the tables end, and the grains may begin, bytes. */
  private final long metadataEnd;

  /** Where the next grain goes, bytes. */
  private long next;

  private final Object flushing = new Object();
  private volatile boolean modified;
  private IOException failure;

  private LiveSparseExtent(
      long start,
      long length,
      WritableStorage storage,
      SparseHeader header,
      LiveGrainTables tables,
      GrainSurvey survey,
      Terms terms)
      throws IOException {
    super(start, length);
    this.storage = storage;
    this.header = header;
    this.tables = tables;
    this.hasParent = terms.hasParent();
    this.grainSize = header.grainSize();
    this.mostChanged = terms.cacheBytes() / 2;
    this.barrier = new Barrier(List.of(storage));
    this.modified = header.uncleanShutdown();
    this.zerosFrom = storage.readsZeroWhereUnwritten() ? storage.size() : Long.MAX_VALUE;
    this.metadataEnd = survey.metadataEnd();
    // What lies behind the last grain is unknown, unless it is what a crash has left.
    long end = modified ? survey.end() : Math.max(survey.end(), storage.size());
    this.next = Math.ceilDiv(end - survey.phase(), grainSize) * grainSize + survey.phase();
  }

  /**
   * What an extent must know of the disk.
   *
   * @param hasParent whether something shows through where it has nothing
   * @param cacheBytes its share of the memory for tables
   */
  record Terms(boolean hasParent, int cacheBytes) {}

  /** Looks at all of its tables first. */
  static LiveSparseExtent open(
      long start, ExtentLine line, WritableStorage storage, Terms terms, Limits limits)
      throws IOException {
    SparseHeader header = readHeader(storage);
    if (line.sectors() > header.capacitySectors()) {
      throw Faults.corrupt(
          storage.name(),
          "the descriptor says "
              + line.sectors()
              + " sectors, the extent has "
              + header.capacitySectors());
    }
    GrainDirectory first = GrainDirectory.read(storage, header, header.gdOffsetSectors(), limits);
    Optional<GrainDirectory> copy =
        header.redundantTable() && header.rgdOffsetSectors() != 0
            ? Optional.of(GrainDirectory.read(storage, header, header.rgdOffsetSectors(), limits))
            : Optional.empty();
    GrainSurvey survey = GrainSurvey.of(storage, header, first, copy, limits);
    survey.restoreCopies();
    LiveGrainTables tables = new LiveGrainTables(storage, first, copy, terms.cacheBytes());
    return new LiveSparseExtent(start, line.length(), storage, header, tables, survey, terms);
  }

  /** The header of an extent that can be written to. */
  private static SparseHeader readHeader(WritableStorage storage) throws IOException {
    String name = storage.name();
    MemorySegment head = MemorySegment.ofArray(new byte[SparseHeader.LENGTH]);
    head = head.asSlice(0, storage.read(0, head));
    long magic = head.byteSize() < Long.BYTES ? 0 : head.get(SparseHeader.LONG, 0);
    if ((int) magic == CowdHeader.MAGIC) {
      throw Faults.unsupported(name, "writing to sparse extents of ESX servers (COWD)");
    }
    if (magic == SeSparseHeader.MAGIC) {
      throw Faults.unsupported(name, "writing to seSparse extents");
    }
    SparseHeader header = SparseHeader.parse(head, name);
    if (header.compressed()
        || header.hasMarkers()
        || header.gdOffsetSectors() == SparseHeader.GD_AT_END) {
      throw Faults.unsupported(name, "writing to stream-optimized disks (streamOptimized)");
    }
    if (header.version() > 2) {
      throw Faults.unsupported(name, "writing to extents of version " + header.version());
    }
    return header;
  }

  /**
   * Grains that get other entries.
   *
   * @param grain the first one
   * @param host where that lies, or {@link #NOWHERE}: they become zeros
   */
  private record Grains(
      long offset, long length, List<Place> places, long grain, long count, long host)
      implements Allocation {
    static final long NOWHERE = -1;
  }

  @Override
  public int blockSize() {
    return (int) grainSize;
  }

  private long grainAt(long offset) {
    return (offset - start) / grainSize;
  }

  private long startOf(long grain) {
    return start + grain * grainSize;
  }

  private static boolean isStored(long entry) {
    // Without the flag a 1 would be a place; no opened extent has any.
    return entry > ZEROED;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    long grain = grainAt(offset);
    long entry = tables.at(grain);
    if (isStored(entry)) {
      return dataAt(offset, limit, grain, entry);
    }
    long end = Math.min(limit, startOf(endOfNotStored(grain, entry, limit)));
    return entry == ZEROED
        ? new Extent.Zero(offset, end - offset)
        : new Extent.Absent(offset, end - offset);
  }

  private Extent.Data dataAt(long offset, long limit, long grain, long entry) throws IOException {
    long stop = Math.ceilDiv(limit - start, grainSize);
    long end = grain + 1;
    long sector = entry;
    while (end < stop && tables.at(end) == sector + header.grainSizeSectors()) {
      sector += header.grainSizeSectors();
      end++;
    }
    long host = entry * SparseHeader.SECTOR + (offset - startOf(grain));
    return new Extent.Data(offset, Math.min(limit, startOf(end)) - offset, storage, host);
  }

  private long endOfNotStored(long grain, long entry, long limit) throws IOException {
    long stop = Math.ceilDiv(limit - start, grainSize);
    long end = tables.endOfEqual(grain, stop);
    for (int i = 1; i < MOST_TABLES && end < stop; i++) {
      if (end != tables.endOfTable(end - 1) || tables.at(end) != entry) {
        break;
      }
      end = tables.endOfEqual(end, stop);
    }
    return end;
  }

  @Override
  Extent placeAt(long offset, long limit) throws IOException {
    beginToModify();
    Extent extent = extentAt(offset, limit);
    return extent instanceof Extent.Data
        ? extent
        : new Extent.Absent(extent.offset(), extent.length());
  }

  @Override
  Allocation allocate(long offset, long length, Use use) throws IOException {
    beginToModify();
    if (tables.changedBytes() > mostChanged) {
      flush();
    }
    long limit = offset + length;
    long grain = grainAt(offset);
    long entry = tables.at(grain);
    if (isStored(entry)) {
      return Allocation.Settled.at(dataAt(offset, limit, grain, entry), storage);
    }
    long stop = tables.endOfEqual(grain, Math.ceilDiv(limit - start, grainSize));
    if (use == Use.DATA) {
      return newGrains(grain, stop - grain);
    }
    long wholeEnd = startOf(stop) <= limit ? startOf(stop) : startOf(stop - 1);
    wholeEnd = limit == end ? limit : wholeEnd;
    boolean whole = offset == startOf(grain) && wholeEnd > offset;
    if (hasParent && entry == UNALLOCATED && header.zeroedGrain() && whole) {
      long count = Math.ceilDiv(wholeEnd - offset, grainSize);
      return new Grains(offset, wholeEnd - offset, List.of(), grain, count, Grains.NOWHERE);
    }
    boolean isZero = entry == ZEROED || !hasParent;
    return isZero || use == Use.DISCARD
        ? Allocation.Settled.asItIs(offset, Math.min(limit, startOf(grain + 1)) - offset)
        : newGrains(grain, 1);
  }

  /** New places for grains of one table: one after the other, or one that was given back. */
  private synchronized Allocation newGrains(long grain, long wanted) throws IOException {
    boolean again = !free.isEmpty();
    long count = again ? 1 : wanted;
    long host = again ? free.first() : next;
    long hostEnd = host + count * grainSize;
    if (hostEnd > SparseLayout.MAX_SECTORS * SparseHeader.SECTOR) {
      throw new IOException(
          "vmdk " + storage.name() + ": there are no sector numbers left for new grains");
    }
    if (storage.size() < hostEnd) {
      storage.truncate(hostEnd);
    }
    boolean zeros = !again && host >= zerosFrom;
    long offset = startOf(grain);
    long length = Math.min(count * grainSize, end - offset);
    if (!zeros && length < count * grainSize) {
      storage.zero(host + length, count * grainSize - length);
    }
    if (again) {
      free.remove(host);
    } else {
      next = hostEnd;
    }
    Allocation.Place place =
        new Allocation.Place(
            offset,
            length,
            storage,
            host,
            zeros ? Allocation.Content.ZEROS : Allocation.Content.ANYTHING);
    return new Grains(offset, length, List.of(place), grain, count, host);
  }

  @Override
  synchronized void commit(Allocation done) throws IOException {
    if (done instanceof Grains grains) {
      boolean zeroed = grains.host() == Grains.NOWHERE;
      long value = zeroed ? ZEROED : grains.host() / SparseHeader.SECTOR;
      long step = zeroed ? 0 : header.grainSizeSectors();
      try {
        tables.fill(grains.grain(), grains.count(), value, step);
      } catch (LiveGrainTables.TornException e) {
        failure = e;
        throw e;
      }
    }
  }

  @Override
  synchronized void abandon(Allocation undone) {
    if (undone instanceof Grains grains && grains.host() != Grains.NOWHERE) {
      for (long i = 0; i < grains.count(); i++) {
        free.add(grains.host() + i * grainSize);
      }
    }
  }

  @Override
  void flush() throws IOException {
    if (!modified) {
      return;
    }
    synchronized (flushing) {
      LiveGrainTables.Changes changes;
      synchronized (this) {
        if (failure != null) {
          throw new IOException(failure.getMessage(), failure);
        }
        changes = tables.take();
      }
      try (changes) {
        barrier.pass();
        if (!changes.isEmpty()) {
          changes.write();
          barrier.pass();
        }
      }
    }
  }

  /**
   * Forgets all grains and gives their places back. What is stored shows through from below, too,
   * so that it does not matter which of the grains are gone when this breaks off. Nothing else is
   * under way, and nothing is done afterwards.
   */
  public void empty() throws IOException {
    beginToModify();
    long grains = Math.ceilDiv(end - start, grainSize);
    for (long grain = 0; grain < grains; grain = tables.endOfTable(grain)) {
      long stop = Math.min(grains, tables.endOfTable(grain));
      if (tables.at(grain) != UNALLOCATED || tables.endOfEqual(grain, stop) < stop) {
        tables.fill(grain, stop - grain, UNALLOCATED, 0);
      }
      if (tables.changedBytes() > mostChanged) {
        flush();
      }
    }
    flush();
    storage.truncate(metadataEnd);
    finish();
  }

  private void beginToModify() throws IOException {
    if (!modified) {
      synchronized (flushing) {
        if (!modified) {
          setUnclean(1);
          modified = true;
        }
      }
    }
  }

  @Override
  void finish() throws IOException {
    if (modified) {
      setUnclean(0);
    }
  }

  private void setUnclean(int value) throws IOException {
    storage.write(UNCLEAN_AT, MemorySegment.ofArray(new byte[] {(byte) value}));
    barrier.pass();
  }
}
