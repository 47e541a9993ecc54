package dev.platter.parallels;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * Writes the clusters that hold anything, in guest order. A cluster may be of any number of sectors
 * and is taken piece by piece: it gets its place with the first piece of data in it.
 */
final class ParallelsWriter implements ImageWriter {
  private static final int LARGEST_UNIT = 1 << 20;
  private static final long NOWHERE = -1;

  private final NewDisk disk;
  private final WritableStorage storage;
  private final long clusterSize;
  private final boolean zerosNeedNoWriting;
  private final NewBlockTable table;
  private long allocated;

  /** The cluster that is being filled, and where it lies. */
  private long cluster = -1;

  private long host = NOWHERE;

  /** How far the disk has come. */
  private long end;

  ParallelsWriter(NewDisk disk) {
    this.disk = disk;
    this.storage = disk.storage();
    this.clusterSize = disk.header().clusterSize();
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
    this.table = disk.newTable();
  }

  /** The largest power of two that divides a cluster. */
  @Override
  public int blockSize() {
    return Math.min(Integer.lowestOneBit((int) clusterSize), LARGEST_UNIT);
  }

  @Override
  public int granularity() {
    return blockSize();
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public OptionalLong fullLength() {
    return OptionalLong.of(disk.dataOffset() + disk.header().batEntries() * clusterSize);
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    List<Placement> placements = new ArrayList<>();
    for (Piece piece : chunk.pieces()) {
      for (long at = piece.offset(); at < piece.end(); ) {
        enter(at / clusterSize);
        if (!piece.isData() && host == NOWHERE) {
          // Clusters of nothing take one step, however many they are.
          enter(piece.end() / clusterSize);
          break;
        }
        if (host == NOWHERE) {
          allocate(at, placements);
        }
        long stop = Math.min(piece.end(), (cluster + 1) * clusterSize);
        Piece part = piece.slice(at, stop - at);
        long hostOffset = host + at % clusterSize;
        part.place(storage, hostOffset, zerosNeedNoWriting, placements);
        at = stop;
      }
    }
    end = chunk.offset() + chunk.length();
    return placements;
  }

  private void enter(long number) {
    if (number != cluster) {
      cluster = number;
      host = NOWHERE;
    }
  }

  /** Gives the cluster its place; what came before {@code offset} in it was zeros. */
  private void allocate(long offset, List<Placement> placements) {
    host = disk.dataOffset() + allocated * clusterSize;
    table.set(cluster, (int) (host / disk.header().entryUnit()), placements);
    allocated++;
    if (offset % clusterSize > 0 && !zerosNeedNoWriting) {
      placements.add(new Placement.Zero(storage, host, offset % clusterSize));
    }
  }

  @Override
  public void finish() throws IOException {
    table.finish();
    long rest = (cluster + 1) * clusterSize - end;
    if (host != NOWHERE && rest > 0 && !zerosNeedNoWriting) {
      storage.zero(host + clusterSize - rest, rest);
    }
    storage.truncate(disk.dataOffset() + allocated * clusterSize);
    MemorySegment bytes = MemorySegment.ofArray(new byte[ParallelsHeader.LENGTH]);
    disk.header().writeTo(bytes);
    storage.write(0, bytes);
  }

  @Override
  public void close() {}
}
