package dev.platter.vmdk.write;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Measurement;
import dev.platter.image.Sizes;
import dev.platter.vmdk.format.Footer;
import dev.platter.vmdk.format.FrontTables;
import dev.platter.vmdk.format.SparseHeader;
import dev.platter.vmdk.format.SparseLayout;
import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How much space a new disk will take in all its files together. What grains compress to is not
 * known beforehand: for a stream-optimized disk it is the most that it can be.
 */
public final class SizeEstimate {
  /** A descriptor in a file of its own, one line for each extent. */
  private static final int DESCRIPTOR_BYTES = 1024;

  private static final int EXTENT_LINE_BYTES = 64;

  private final VmdkOptions options;
  private final long size;
  private final long grainSize;

  private SizeEstimate(VmdkOptions options, long size) {
    this.options = options;
    this.size = size;
    this.grainSize = options.subformat().isFlat() ? SparseHeader.SECTOR : options.grainSize();
  }

  public static Measurement of(VmdkOptions options, long size, Optional<BlockMap> source)
      throws IOException {
    SizeEstimate estimate = new SizeEstimate(options, size);
    long metadata = estimate.metadata();
    long stored = source.isPresent() ? estimate.grainsIn(source.get()) : 0;
    long grain = estimate.storedGrain();
    return new Measurement(
        metadata + stored * grain,
        metadata + Sizes.ceilDiv(size, estimate.grainSize) * grain,
        OptionalLong.empty());
  }

  /** What one grain takes at most, bytes. */
  private long storedGrain() {
    return options.subformat() == VmdkOptions.Subformat.STREAM_OPTIMIZED
        ? GrainEncoder.maxStoredFor((int) grainSize)
        : grainSize;
  }

  private long metadata() throws IllegalOptionException {
    long sector = SparseHeader.SECTOR;
    long grainSectors = grainSize / sector;
    switch (options.subformat()) {
      case MONOLITHIC_SPARSE -> {
        long descriptor = VmdkWriter.descriptorSectors(DESCRIPTOR_BYTES);
        return SparseLayout.of(Sizes.ceilDiv(size, sector), grainSectors, descriptor).firstGrain()
            * sector;
      }
      case STREAM_OPTIMIZED -> {
        long tables = Sizes.ceilDiv(Sizes.ceilDiv(size, grainSize), SparseLayout.GTES_PER_GT);
        long directory = Sizes.roundUp(tables * Integer.BYTES, sector);
        long descriptor = VmdkWriter.descriptorSectors(DESCRIPTOR_BYTES);
        long head =
            FrontTables.begin(1 + descriptor, tables).map(FrontTables::end).orElse(1 + descriptor);
        return Sizes.roundUp(head, StreamWriter.OVERHEAD) * sector
            + tables * (sector + SparseLayout.TABLE_BYTES)
            + sector
            + directory
            + Footer.LENGTH;
      }
      case TWO_GB_MAX_EXTENT_SPARSE -> {
        long bytes = DESCRIPTOR_BYTES;
        for (long at = 0; at < size; at += VmdkWriter.SPLIT_SIZE) {
          long part = Math.min(VmdkWriter.SPLIT_SIZE, size - at);
          SparseLayout layout = SparseLayout.of(Sizes.ceilDiv(part, sector), grainSectors, 0);
          bytes += layout.firstGrain() * sector + EXTENT_LINE_BYTES;
        }
        return bytes;
      }
      default -> {
        return DESCRIPTOR_BYTES + Sizes.ceilDiv(size, VmdkWriter.SPLIT_SIZE) * EXTENT_LINE_BYTES;
      }
    }
  }

  private long grainsIn(BlockMap map) throws IOException {
    long count = 0;
    long next = 0;
    long end = Math.min(size, map.size());
    for (long at = 0; at < end; ) {
      Extent extent = map.extentAt(at, end);
      if (!extent.readsZero()) {
        long first = Math.max(next, at / grainSize);
        next = Sizes.ceilDiv(extent.end(), grainSize);
        count += Math.max(0, next - first);
      }
      at = extent.end();
    }
    return count;
  }
}
