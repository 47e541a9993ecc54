package dev.platter.vmdk.live;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Limits;
import dev.platter.image.Sizes;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.Descriptor;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.GrainDirectory;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import dev.platter.vmdk.read.Places;
import dev.platter.vmdk.read.SparseTables;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Optional;

/**
 * A look at all of a hosted sparse extent before anybody writes to it: nothing may lie where
 * something else does, and both copies of the tables must say the same, unless the extent was not
 * closed.
 */
final class GrainSurvey {
  /** The length of a range of sectors takes so many bits beside its beginning. */
  private static final int LENGTH_BITS = 30;

  private final WritableStorage storage;
  private final SparseHeader header;
  private final GrainDirectory first;
  private final Optional<GrainDirectory> copy;
  private final SparseTables file;
  private final long[] metadata;
  private final Places grains = new Places();
  private final BitSet stale = new BitSet();
  private final long fileSize;
  private long phase = -1;
  private long metadataEnd;
  private long end;

  private GrainSurvey(
      WritableStorage storage,
      SparseHeader header,
      GrainDirectory first,
      Optional<GrainDirectory> copy,
      Limits limits)
      throws IOException {
    this.storage = storage;
    this.header = header;
    this.first = first;
    this.copy = copy;
    this.file = SparseTables.hosted(storage, header, limits);
    this.fileSize = storage.size();
    long sectors = Sizes.ceilDiv(fileSize, SparseHeader.SECTOR);
    if (header.overHeadSectors() < 0 || header.overHeadSectors() > sectors) {
      throw Faults.corrupt(
          storage.name(),
          "the header and the tables take "
              + Long.toUnsignedString(header.overHeadSectors())
              + " sectors, the file has "
              + sectors);
    }
    this.metadata = metadata();
  }

  /** Goes through everything; nothing has changed if this throws. */
  static GrainSurvey of(
      WritableStorage storage,
      SparseHeader header,
      GrainDirectory first,
      Optional<GrainDirectory> copy,
      Limits limits)
      throws IOException {
    GrainSurvey survey = new GrainSurvey(storage, header, first, copy, limits);
    for (int table = 0; table < first.tables().length; table++) {
      survey.look(table);
    }
    return survey;
  }

  /** The remainder that the places of all grains leave when divided by the size of a grain. */
  long phase() {
    return Math.max(phase, 0);
  }

  /** Where all that is no grain ends, bytes. */
  long metadataEnd() {
    return metadataEnd;
  }

  /** Where everything ends that the extent is known to consist of, bytes. */
  long end() {
    return end;
  }

  /**
   * Makes the second copies of tables say what the first ones do, by which the disk is read.
   * Whoever wrote last had not come to an end.
   */
  void restoreCopies() throws IOException {
    if (stale.isEmpty()) {
      return;
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[first.tableBytes()]);
    for (int table = stale.nextSetBit(0); table >= 0; table = stale.nextSetBit(table + 1)) {
      storage.readFully(first.offsetOf(table), bytes);
      storage.write(copy.orElseThrow().offsetOf(table), bytes);
    }
    storage.sync();
  }

  /** All that is no grain, as ranges of sectors in ascending order. */
  private long[] metadata() throws CorruptImageException {
    int copies = copy.isPresent() ? 2 : 1;
    long[] ranges = new long[2 + copies * (1 + first.tables().length)];
    int count = 0;
    ranges[count++] = range(0, 1);
    ranges[count++] = descriptor();
    for (int i = 0; i < copies; i++) {
      GrainDirectory directory = i == 0 ? first : copy.orElseThrow();
      ranges[count++] = range(directory.sector(), directory.sectors());
      for (int table = 0; table < directory.tables().length; table++) {
        long sector = Integer.toUnsignedLong(directory.tables()[table]);
        ranges[count++] = range(sector, directory.tableSectors());
      }
    }
    Arrays.sort(ranges);
    long stop = 0;
    for (long range : ranges) {
      if (endOf(range) > range >>> LENGTH_BITS) {
        if (range >>> LENGTH_BITS < stop) {
          throw Faults.corrupt(
              storage.name(), "tables lie over one another at sector " + (range >>> LENGTH_BITS));
        }
        stop = endOf(range);
      }
    }
    metadataEnd = Math.max(stop, header.overHeadSectors()) * SparseHeader.SECTOR;
    end = metadataEnd;
    return ranges;
  }

  private long descriptor() throws CorruptImageException {
    long sector = header.descriptorOffsetSectors();
    long length = header.descriptorSizeSectors();
    if (sector == 0 || length == 0) {
      return range(0, 0);
    }
    long most = fileSize / SparseHeader.SECTOR;
    if (sector < 0
        || sector > Math.min(most, SparseLayout.MAX_SECTORS)
        || length < 0
        || length > Math.min(most - sector, Descriptor.MAX_LENGTH / SparseHeader.SECTOR)) {
      throw Faults.corrupt(
          storage.name(),
          "the descriptor is said to be at sector "
              + Long.toUnsignedString(sector)
              + " with "
              + Long.toUnsignedString(length)
              + " sectors");
    }
    return range(sector, length);
  }

  private static long range(long sector, long sectors) {
    return sector << LENGTH_BITS | sectors;
  }

  private static long endOf(long range) {
    return (range >>> LENGTH_BITS) + (range & (1L << LENGTH_BITS) - 1);
  }

  private void look(int table) throws IOException {
    int length = first.tableBytes();
    boolean hole = file.isHole(first.offsetOf(table), length);
    if (hole && (copy.isEmpty() || file.isHole(copy.get().offsetOf(table), length))) {
      return;
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[length]);
    file.copy(first.offsetOf(table), bytes);
    if (copy.isPresent()) {
      MemorySegment other = MemorySegment.ofArray(new byte[length]);
      file.copy(copy.get().offsetOf(table), other);
      if (bytes.mismatch(other) >= 0) {
        if (!header.uncleanShutdown()) {
          throw Faults.corrupt(
              storage.name(),
              "grain table " + table + " and its copy differ, which is to be repaired first");
        }
        stale.set(table);
      }
    }
    long grain = (long) table * first.perTable();
    long grainSize = header.grainSize();
    long guestSize = header.capacitySectors() * SparseHeader.SECTOR;
    for (int slot = 0; slot < first.perTable() && grain * grainSize < guestSize; slot++, grain++) {
      int entry = bytes.get(SparseHeader.INT, (long) slot * Integer.BYTES);
      if (entry != 0 && !(entry == 1 && header.zeroedGrain())) {
        long shown = Math.min(grainSize, guestSize - grain * grainSize);
        take(grain, Integer.toUnsignedLong(entry) * SparseHeader.SECTOR, shown);
      }
    }
  }

  private void take(long grain, long host, long length) throws IOException {
    long grainSize = header.grainSize();
    if (host > fileSize - length) {
      throw damaged(grain, host, "the file ends at " + Faults.hex(fileSize));
    }
    if (phase < 0) {
      phase = host % grainSize;
    }
    if (host % grainSize != phase) {
      throw Faults.unsupported(
          storage.name(),
          "grain "
              + grain
              + " lies at "
              + Faults.hex(host)
              + ", not a multiple of grains from others: writing to such disks");
    }
    if (!grains.add(host / grainSize)) {
      throw damaged(grain, host, "another one does, too");
    }
    long sector = host / SparseHeader.SECTOR;
    long behind = sector + header.grainSizeSectors();
    // The last range of metadata that begins before the grain ends.
    int found = Arrays.binarySearch(metadata, range(behind, 0));
    int before = (found < 0 ? -found - 1 : found) - 1;
    if (endOf(metadata[before]) > sector) {
      throw damaged(grain, host, "tables or the header do, too");
    }
    end = Math.max(end, Sizes.roundUp(host + length, SparseHeader.SECTOR));
  }

  private CorruptImageException damaged(long grain, long host, String what) {
    return Faults.corrupt(
        storage.name(), "grain " + grain + " lies at " + Faults.hex(host) + ", but " + what);
  }
}
