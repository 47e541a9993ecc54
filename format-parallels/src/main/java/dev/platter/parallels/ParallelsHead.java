package dev.platter.parallels;

import static dev.platter.parallels.Faults.corrupt;
import static dev.platter.parallels.Faults.hex;
import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.CorruptImageException;
import dev.platter.image.ImageException;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The header of an image, read and checked against the file it stands in.
 *
 * @param fileSize of that file, bytes
 */
record ParallelsHead(Storage storage, ParallelsHeader header, long fileSize) {
  /** A cluster's size fits a signed 32-bit number, as QEMU has it. */
  static final int MAX_CLUSTER_SECTORS = (1 << 22) - 1;

  /** The BAT cannot point further. */
  static final long LARGEST_ENTRY = 0xFFFF_FFFFL;

  private static final int SECTOR_SIZE = ParallelsHeader.SECTOR_SIZE;

  static ParallelsHead read(Storage storage, Limits limits) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[ParallelsHeader.LENGTH]);
    long count = storage.read(0, bytes);
    if (!ParallelsHeader.hasMagic(bytes.asSlice(0, count))) {
      throw corrupt(
          storage.name(),
          "no Parallels image: it begins with neither WithoutFreeSpace nor WithouFreSpacExt, or ends"
              + " within its header");
    }
    ParallelsHead head = new ParallelsHead(storage, ParallelsHeader.parse(bytes), storage.size());
    head.check(limits);
    return head;
  }

  private void check(Limits limits) throws ImageException {
    if (header.version() != ParallelsHeader.VERSION) {
      throw unsupported(
          name(),
          "version " + Integer.toUnsignedString(header.version()) + " of the format, expected 2");
    }
    long cluster = header.clusterSectors();
    if (cluster < 1 || cluster > MAX_CLUSTER_SECTORS) {
      throw corrupt(
          name(), "clusters of " + cluster + " sectors, expected 1 to " + MAX_CLUSTER_SECTORS);
    }
    long sectors = header.diskSectors();
    if (sectors < 0 || sectors > limits.maxVirtualSize() / SECTOR_SIZE) {
      throw corrupt(
          name(), "the disk's size is impossible: " + Long.toUnsignedString(sectors) + " sectors");
    }
    long table = header.batEntries() * Integer.BYTES;
    if (table > limits.maxTableBytes()) {
      throw corrupt(
          name(),
          "the BAT is too large: " + table + " bytes, allowed are " + limits.maxTableBytes());
    }
    if (batEnd() > fileSize) {
      throw corrupt(
          name(),
          "the BAT ends at " + hex(batEnd()) + ", past the end of the file at " + hex(fileSize));
    }
    if (clusters() > header.batEntries()) {
      throw corrupt(
          name(),
          "the BAT has "
              + header.batEntries()
              + " entries, expected "
              + clusters()
              + " for a disk of "
              + sectors
              + " sectors");
    }
  }

  /** This one of a file that grows. */
  ParallelsHead growing() {
    return new ParallelsHead(storage, header, Long.MAX_VALUE);
  }

  /** The size of the guest disk, bytes. */
  long size() {
    return header.diskSectors() * SECTOR_SIZE;
  }

  long clusterSize() {
    return header.clusterSize();
  }

  /** The clusters of the guest disk. */
  long clusters() {
    return Math.ceilDiv(header.diskSectors(), header.clusterSectors());
  }

  /** How many bytes of a cluster lie within the disk. */
  long lengthOf(long cluster) {
    return Math.min(clusterSize(), size() - cluster * clusterSize());
  }

  long batEnd() {
    return ParallelsHeader.LENGTH + header.batEntries() * Integer.BYTES;
  }

  /**
   * Whether "data_off" is one that an image of this kind may have: behind the BAT, within the file,
   * and with the new magic at a multiple of the cluster size.
   */
  boolean hasSoundDataOffset() {
    long offset = header.dataSectors() * SECTOR_SIZE;
    if (header.magic() == ParallelsHeader.Magic.OLD && offset == 0) {
      return true;
    }
    boolean aligned = header.magic() == ParallelsHeader.Magic.OLD || offset % clusterSize() == 0;
    return aligned && offset >= batEnd() && offset <= fileSize;
  }

  /** Where the data area begins, bytes: what the header says, if that can be. */
  long dataOffset() {
    if (hasSoundDataOffset() && header.dataSectors() != 0) {
      return header.dataSectors() * SECTOR_SIZE;
    }
    return earliestDataOffset(header.batEntries());
  }

  /** Where the data area may begin at the earliest behind a BAT of that many entries, bytes. */
  long earliestDataOffset(long batEntries) {
    long end = ParallelsHeader.LENGTH + batEntries * Integer.BYTES;
    long unit = header.magic() == ParallelsHeader.Magic.OLD ? SECTOR_SIZE : clusterSize();
    return Math.ceilDiv(end, unit) * unit;
  }

  /** Where the entry points to, bytes; below 2^63 whatever the entry is. */
  long hostOffset(int entry) {
    return Integer.toUnsignedLong(entry) * header.entryUnit();
  }

  /** The place in the file of a cluster of the data area, by its number, bytes. */
  long slotOffset(long slot) {
    return dataOffset() + slot * clusterSize();
  }

  /** What an entry says that points to that cluster of the data area. */
  int entryOf(long slot) {
    return (int) (slotOffset(slot) / header.entryUnit());
  }

  /** How many clusters of the data area entries can point to. */
  long mostSlots() {
    return (LARGEST_ENTRY * header.entryUnit() - dataOffset()) / clusterSize() + 1;
  }

  /** Whether the file has that many bytes there, behind the BAT. */
  boolean holds(long hostOffset, long length) {
    return hostOffset >= batEnd() && hostOffset <= fileSize - length;
  }

  String name() {
    return storage.name();
  }

  CorruptImageException corruptCluster(long cluster, int entry) {
    return corrupt(
        name(),
        "cluster "
            + cluster
            + " (BAT entry at "
            + hex(ParallelsHeader.LENGTH + cluster * Integer.BYTES)
            + ") is at "
            + hex(hostOffset(entry))
            + ", outside the file's data, which lies from "
            + hex(batEnd())
            + " to "
            + hex(fileSize));
  }
}
