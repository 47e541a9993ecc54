package dev.platter.vmdk.read;

import dev.platter.codec.Encoding;
import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.Marker;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.BitSet;

/** An extent of grains that are allocated one by one, perhaps compressed. */
final class SparseExtentMap extends ExtentMap {
  /** How many grains a short look takes in; a table that is not there counts as one. */
  private static final long MANY = 1 << 13;

  /** As how many of them a table counts that has to be read, and holds nothing. */
  private static final long BLANK = 16;

  /** Of how many tables it is asked at a time whether they are there. */
  private static final int TABLES = 256;

  private final GrainTables tables;
  private final Storage storage;
  private final int grainSize;
  private final boolean compressed;
  private final boolean markers;
  private volatile int lastGrainLength;

  /**
   * @param compressed whether each grain is a zlib stream
   * @param markers whether a marker stands before each of those
   */
  SparseExtentMap(
      long start, long length, GrainTables tables, boolean compressed, boolean markers) {
    super(start, length);
    this.tables = tables;
    this.storage = tables.storage;
    this.grainSize = tables.grainSize();
    this.compressed = compressed;
    this.markers = markers;
  }

  @Override
  public int blockSize() {
    return grainSize;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    long grain = (offset - start) / grainSize;
    long host = hostOf(grain);
    if (host == GrainTables.UNALLOCATED || host == GrainTables.ZERO) {
      long stop = Math.min(limit, startOf(quietEnd(grain, host, limit)));
      return host == GrainTables.ZERO
          ? new Extent.Zero(offset, stop - offset)
          : new Extent.Absent(offset, stop - offset);
    }
    if (compressed) {
      return encoded(offset, Math.min(limit, startOf(grain + 1)), grain, host);
    }
    long stop = Math.min(limit, startOf(dataEnd(grain, host, limit)));
    return new Extent.Data(offset, stop - offset, storage, host + (offset - startOf(grain)));
  }

  /** Follows every entry of the tables, and tells what leads nowhere or where another one leads. */
  void check(Findings findings) throws IOException {
    long grains = Math.ceilDiv(end - start, grainSize);
    int perTable = tables.grainsPerTable();
    tables.checkCopies(Math.ceilDiv(grains, perTable), findings);
    Places places = new Places();
    for (long grain = 0; grain < grains; grain++) {
      try {
        if (grain % perTable == 0 && tables.isEmpty(grain / perTable)) {
          grain += perTable - 1;
          continue;
        }
        long host = hostOf(grain);
        if (host == GrainTables.UNALLOCATED || host == GrainTables.ZERO) {
          continue;
        }
        if (!places.add(host / SparseHeader.SECTOR)) {
          findings.add(
              Faults.corrupt(
                  storage.name(),
                  "grain " + grain + " lies at " + Faults.hex(host) + ", as another one does"));
        } else if (compressed && markers) {
          markerAt(grain, host);
        }
      } catch (CorruptImageException e) {
        findings.add(e);
      }
    }
  }

  /**
   * Looks at the grains of the last few tables that list any: what is cut off at the end of a file
   * is most often the end of the disk.
   *
   * @throws CorruptImageException if one of them is not in the file
   */
  void requireLastGrains() throws IOException {
    int perTable = tables.grainsPerTable();
    long behind = Math.ceilDiv(Math.ceilDiv(end - start, grainSize), perTable);
    long looked = 0;
    for (long from; behind > 0 && looked < MANY; behind = from) {
      from = Math.max(0, behind - TABLES);
      looked += behind - from;
      // Holes are told from where they begin, so upwards.
      BitSet there = new BitSet();
      for (long table = from; table < behind; table++) {
        there.set((int) (table - from), !tables.isAbsent(table));
      }
      for (int i = there.length() - 1; i >= 0 && looked < MANY; i = there.previousSetBit(i - 1)) {
        looked += tables.isEmpty(from + i) ? BLANK : requireGrains(from + i);
      }
    }
  }

  /** Looks at all grains of a table, and answers how many they are. */
  private long requireGrains(long table) throws IOException {
    long first = table * tables.grainsPerTable();
    long behind = Math.min(Math.ceilDiv(end - start, grainSize), first + tables.grainsPerTable());
    if (!tables.allInside(table)) {
      for (long grain = first; grain < behind; grain++) {
        hostOf(grain);
      }
    }
    return behind - first;
  }

  private long startOf(long grain) {
    return start + grain * grainSize;
  }

  /** The first grain after {@code grain} that is of another kind or behind the limit. */
  private long quietEnd(long grain, long kind, long limit) throws IOException {
    long stop = Math.ceilDiv(limit - start, grainSize);
    int perTable = tables.grainsPerTable();
    long next = grain + 1;
    while (next < stop) {
      boolean skip =
          kind == GrainTables.UNALLOCATED
              && next % perTable == 0
              && tables.isEmpty(next / perTable);
      if (skip) {
        next = Math.min(stop, next + perTable);
      } else if (hostOrDamage(next) == kind) {
        next++;
      } else {
        break;
      }
    }
    return next;
  }

  private long dataEnd(long grain, long host, long limit) throws IOException {
    long stop = Math.ceilDiv(limit - start, grainSize);
    long next = grain + 1;
    while (next < stop && hostOrDamage(next) == host + (next - grain) * grainSize) {
      next++;
    }
    return next;
  }

  private long hostOf(long grain) throws IOException {
    long host = tables.grainAt(grain);
    if (!compressed && host != GrainTables.UNALLOCATED && host != GrainTables.ZERO) {
      long length = Math.min(grainSize, end - startOf(grain));
      if (host > tables.fileSize - length) {
        throw Faults.corrupt(
            storage.name(),
            "grain "
                + grain
                + " ends at "
                + Faults.hex(host + length)
                + ", the file at "
                + Faults.hex(tables.fileSize));
      }
    }
    return host;
  }

  /** What is damaged matches nothing: it is told to whoever asks for that very grain. */
  private long hostOrDamage(long grain) throws IOException {
    try {
      return hostOf(grain);
    } catch (CorruptImageException e) {
      return GrainTables.IMPOSSIBLE;
    }
  }

  private Extent encoded(long offset, long stop, long grain, long host) throws IOException {
    long stream = host;
    long length = Math.min(2L * grainSize, tables.fileSize - host);
    if (markers) {
      Marker marker = markerAt(grain, host);
      stream = host + Marker.GRAIN_LENGTH;
      length = marker.size();
    }
    Extent.Encoded whole =
        new Extent.Encoded(
            startOf(grain),
            Math.min(grainSize, end - startOf(grain)),
            Encoding.ZLIB,
            storage,
            stream,
            (int) length,
            grainSize,
            0);
    if (whole.length() < grainSize && lastGrainLength(whole) < grainSize) {
      whole =
          new Extent.Encoded(
              whole.offset(),
              whole.length(),
              Encoding.ZLIB,
              storage,
              stream,
              (int) length,
              lastGrainLength,
              0);
    }
    return whole.slice(offset, stop - offset);
  }

  private Marker markerAt(long grain, long host) throws IOException {
    byte[] bytes = new byte[SparseHeader.SECTOR];
    MemorySegment segment = MemorySegment.ofArray(bytes).asSlice(0, 16);
    storage.read(host, segment);
    Marker marker = Marker.parse(segment);
    long sector = grain * (grainSize / SparseHeader.SECTOR);
    if (marker.value() != sector) {
      throw Faults.corrupt(
          storage.name(),
          "the marker at "
              + Faults.hex(host)
              + " is for sector "
              + Long.toUnsignedString(marker.value())
              + ", the grain table says sector "
              + sector);
    }
    int size = marker.size();
    if (size <= 0
        || size > 2L * grainSize + SparseHeader.SECTOR
        || size > tables.fileSize - host - Marker.GRAIN_LENGTH) {
      throw Faults.corrupt(
          storage.name(),
          "the marker at "
              + Faults.hex(host)
              + " says "
              + Integer.toUnsignedString(size)
              + " bytes, which is no length of a grain in this file ("
              + Faults.hex(tables.fileSize)
              + ")");
    }
    return marker;
  }

  /**
   * How many bytes the disk's last grain decodes to: a whole grain, or only what the disk has of
   * it. The file does not say, so it is tried out, once.
   */
  private int lastGrainLength(Extent.Encoded last) throws IOException {
    if (lastGrainLength == 0) {
      int found = grainSize;
      try (GuestReader reader = new GuestReader();
          Arena arena = Arena.ofConfined()) {
        try {
          reader.decode(last, arena.allocate(grainSize));
        } catch (CorruptImageException damaged) {
          // A stream that is neither is found damaged by whoever reads it as a whole grain.
          int rest = (int) last.length();
          Extent.Encoded cut =
              new Extent.Encoded(
                  last.offset(),
                  rest,
                  Encoding.ZLIB,
                  storage,
                  last.hostOffset(),
                  last.hostLength(),
                  rest,
                  0);
          found = decodes(reader, cut, arena.allocate(rest)) ? rest : grainSize;
        }
      }
      lastGrainLength = found;
    }
    return lastGrainLength;
  }

  private static boolean decodes(GuestReader reader, Extent.Encoded unit, MemorySegment target)
      throws IOException {
    try {
      reader.decode(unit, target);
      return true;
    } catch (CorruptImageException e) {
      return false;
    }
  }
}
