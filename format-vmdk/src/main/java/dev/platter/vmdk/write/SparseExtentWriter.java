package dev.platter.vmdk.write;

import dev.platter.image.IllegalOptionException;
import dev.platter.image.Sizes;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A hosted sparse extent. Grains are handed out one after the other; because they come in guest
 * order, one grain table at a time is in memory, and is written, twice, when it is complete.
 */
final class SparseExtentWriter implements ExtentWriter {
  private static final int ZEROED = 1;
  private static final int DIRECTORY_PART_BYTES = 1 << 16;

  private final WritableStorage storage;
  private final SparseLayout layout;
  private final Optional<byte[]> descriptor;
  private final long start;
  private final long end;
  private final int grainSize;
  private final boolean hasParent;
  private final boolean zeroedGrain;
  private final boolean zerosNeedNoWriting;
  private long nextSector;
  private long table;
  private MemorySegment entries;

  /** A run of grains that are to be stored, as guest offsets. */
  private record Range(long from, long to) {}

  /**
   * @param start where on the guest disk the extent begins
   * @param descriptor the text to put into the file; empty: it is elsewhere
   * @param hasParent whether zeros must be said to be zeros
   */
  SparseExtentWriter(
      WritableStorage storage,
      VmdkOptions options,
      long start,
      long length,
      Optional<byte[]> descriptor,
      boolean hasParent)
      throws IllegalOptionException {
    this.storage = storage;
    this.descriptor = descriptor;
    this.start = start;
    this.end = start + length;
    this.grainSize = options.grainSize();
    this.hasParent = hasParent;
    this.zeroedGrain = options.zeroedGrain();
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
    this.layout =
        SparseLayout.of(
            Sizes.ceilDiv(length, SparseHeader.SECTOR),
            grainSize / SparseHeader.SECTOR,
            descriptor.map(text -> VmdkWriter.descriptorSectors(text.length)).orElse(0L));
    this.nextSector = layout.firstGrain();
  }

  /** Prepares the file: metadata that will not be written must read as zeros. */
  void begin() throws IOException {
    if (!zerosNeedNoWriting) {
      storage.zero(0, layout.firstGrain() * SparseHeader.SECTOR);
    }
  }

  @Override
  public void reserve(List<Piece> pieces, List<Placement> placements) throws IOException {
    List<Range> stored = storedRanges(pieces);
    int next = 0;
    for (Piece piece : pieces) {
      long at = piece.offset();
      while (at < piece.end()) {
        while (next < stored.size() && stored.get(next).to() <= at) {
          next++;
        }
        Range range = next < stored.size() ? stored.get(next) : new Range(end, end);
        if (range.from() <= at) {
          if (at == range.from()) {
            allocate(range, placements);
          }
          long stop = Math.min(piece.end(), range.to());
          place(piece.slice(at, stop - at), range, placements);
          at = stop;
        } else {
          long stop = Math.min(piece.end(), range.from());
          if (piece instanceof Piece.Zero && hasParent) {
            sayZero(at, stop, placements);
          }
          at = stop;
        }
      }
    }
  }

  /** The runs of grains that hold at least one byte that must be stored. */
  private List<Range> storedRanges(List<Piece> pieces) {
    List<Range> ranges = new ArrayList<>();
    for (Piece piece : pieces) {
      boolean quiet =
          piece instanceof Piece.Absent
              || piece instanceof Piece.Zero && (!hasParent || zeroedGrain);
      if (quiet) {
        continue;
      }
      long from = start + Sizes.roundDown(piece.offset() - start, grainSize);
      long to = Math.min(end, start + Sizes.roundUp(piece.end() - start, grainSize));
      if (!ranges.isEmpty() && ranges.getLast().to() >= from) {
        from = ranges.removeLast().from();
      }
      ranges.add(new Range(from, to));
    }
    return ranges;
  }

  /** The run's grains get the next places of the file. */
  private void allocate(Range range, List<Placement> placements) throws IOException {
    long grains = Sizes.ceilDiv(range.to() - range.from(), grainSize);
    if (nextSector + grains * layout.grain() > SparseLayout.MAX_SECTORS) {
      throw Faults.unsupported(
          storage.name(), "a sparse extent holds at most 2 TiB: use another subformat");
    }
    for (long grain = (range.from() - start) / grainSize; grains > 0; grain++, grains--) {
      enter(grain, (int) nextSector, placements);
      nextSector += layout.grain();
    }
  }

  private void place(Piece piece, Range range, List<Placement> placements) {
    long fileEnd = nextSector * SparseHeader.SECTOR;
    long host =
        fileEnd
            - Sizes.roundUp(range.to() - range.from(), grainSize)
            + piece.offset()
            - range.from();
    piece.place(storage, host, zerosNeedNoWriting, placements);
    long rest = fileEnd - (host + piece.length());
    if (piece.end() == end && rest > 0 && !zerosNeedNoWriting) {
      placements.add(new Placement.Zero(storage, fileEnd - rest, rest));
    }
  }

  private void sayZero(long from, long to, List<Placement> placements) {
    for (long at = from; at < to; at += grainSize) {
      enter((at - start) / grainSize, ZEROED, placements);
    }
  }

  private void enter(long grain, int entry, List<Placement> placements) {
    long number = grain / SparseLayout.GTES_PER_GT;
    if (number != table) {
      completeTable(placements);
      table = number;
    }
    if (entries == null) {
      entries = MemorySegment.ofArray(new byte[SparseLayout.TABLE_BYTES]);
    }
    entries.set(SparseHeader.INT, grain % SparseLayout.GTES_PER_GT * Integer.BYTES, entry);
  }

  private void completeTable(List<Placement> placements) {
    if (entries != null) {
      for (long directory : new long[] {layout.redundantDirectory(), layout.directory()}) {
        long sector = layout.firstTableOf(directory) + table * SparseLayout.TABLE_SECTORS;
        placements.add(new Placement.Write(storage, sector * SparseHeader.SECTOR, entries));
      }
      entries = null;
    }
  }

  @Override
  public void finish() throws IOException {
    List<Placement> rest = new ArrayList<>();
    completeTable(rest);
    for (Placement placement : rest) {
      storage.write(placement.hostOffset(), ((Placement.Write) placement).bytes());
    }
    writeDirectory(layout.redundantDirectory());
    writeDirectory(layout.directory());
    if (storage.size() < nextSector * SparseHeader.SECTOR) {
      storage.truncate(nextSector * SparseHeader.SECTOR);
    }
    if (descriptor.isPresent()) {
      storage.write(SparseHeader.SECTOR, MemorySegment.ofArray(descriptor.get()));
    }
    MemorySegment header = MemorySegment.ofArray(new byte[SparseHeader.LENGTH]);
    layout.header(zeroedGrain).writeTo(header);
    storage.write(0, header);
  }

  private void writeDirectory(long sector) throws IOException {
    long at = sector * SparseHeader.SECTOR;
    long first = layout.firstTableOf(sector);
    MemorySegment part = MemorySegment.ofArray(new byte[DIRECTORY_PART_BYTES]);
    int used = 0;
    for (long i = 0; i < layout.tables(); i++) {
      part.set(SparseHeader.INT, used, (int) (first + i * SparseLayout.TABLE_SECTORS));
      used += Integer.BYTES;
      if (used == DIRECTORY_PART_BYTES || i == layout.tables() - 1) {
        storage.write(at, part.asSlice(0, used));
        at += used;
        used = 0;
      }
    }
  }
}
