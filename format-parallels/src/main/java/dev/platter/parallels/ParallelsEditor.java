package dev.platter.parallels;

import static dev.platter.parallels.Faults.corrupt;
import static dev.platter.parallels.Faults.unsupported;

import dev.platter.image.CheckReport;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.image.support.StoredBlocks;
import dev.platter.image.support.TableEditor;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Changes an expandable image in place. It is sound at any moment, so that only a repair says
 * meanwhile that the image is in use, which after a crash would ask for another one.
 */
final class ParallelsEditor implements ImageEditor {
  private static final int SECTOR_SIZE = ParallelsHeader.SECTOR_SIZE;

  private final WritableStorage storage;
  private final EditRequest request;

  /** What "in_use" says once the image is closed. */
  private final int closed;

  private ParallelsHead head;

  ParallelsEditor(WritableStorage storage, EditRequest request) throws IOException {
    this.storage = storage;
    this.request = request;
    this.head = ParallelsHead.read(storage, request.limits());
    this.closed = head.header().inUseOnceClosed();
  }

  @Override
  public ImageInfo info() {
    return new ParallelsImage(head).info();
  }

  @Override
  public Optional<IOException> resize(ResizeRequest wanted) throws IOException {
    wanted.preallocation().requireOff();
    long sectors = Math.ceilDiv(wanted.size(), SECTOR_SIZE);
    long entries = Math.ceilDiv(sectors, head.header().clusterSectors());
    if (sectors > request.limits().maxVirtualSize() / SECTOR_SIZE
        || entries > request.limits().maxTableBytes() / Integer.BYTES
        || (head.header().magic() == ParallelsHeader.Magic.OLD
            && sectors > ParallelsHead.LARGEST_ENTRY)) {
      throw new IllegalOptionException("Image size is too large for this cluster size");
    }
    requireSound();
    if (sectors > head.header().diskSectors()) {
      grow(sectors, entries);
    } else if (sectors < head.header().diskSectors()) {
      return shrink(sectors, entries);
    }
    return Optional.empty();
  }

  /** The data area stays where it is, though the BAT in front of it is smaller. */
  private Optional<IOException> shrink(long sectors, long entries) throws IOException {
    ParallelsHeader before = head.header();
    ParallelsHeader after =
        before.withDataSectors(head.dataOffset() / SECTOR_SIZE).withDisk(sectors, entries);
    Undo.ifFails(() -> write(after), () -> write(before));
    return Undo.orLeak(this::pack);
  }

  private void grow(long sectors, long entries) throws IOException {
    ParallelsHeader before = head.header();
    long cluster = head.clusterSize();
    long batEnd = ParallelsHeader.LENGTH + entries * Integer.BYTES;
    int lacking = (int) Math.ceilDiv(Math.max(0, batEnd - head.dataOffset()), cluster);
    long dataOffset = head.dataOffset() + lacking * cluster;
    ClusterMover mover = new ClusterMover(storage, head);
    long end = head.dataOffset() + (Math.max(mover.end(), lacking) + (long) lacking) * cluster;
    if (Math.max(end, dataOffset) / head.header().entryUnit() > ParallelsHead.LARGEST_ENTRY) {
      throw new IllegalOptionException("Image size is too large for this cluster size");
    }
    Undo.ifFails(
        () -> {
          clearTail();
          if (lacking > 0) {
            mover.clear(lacking);
          }
          new TableEditor(storage, ParallelsHeader.LENGTH)
              .fill(head.clusters(), entries, BatTable.FREE);
          if (storage.size() < dataOffset) {
            storage.truncate(dataOffset);
          }
          write(head.header().withDisk(sectors, entries).withDataSectors(dataOffset / SECTOR_SIZE));
        },
        () -> {
          write(before);
          packAnew();
        });
  }

  /** Makes what the last cluster has beyond the end of the disk read as zeros. */
  private void clearTail() throws IOException {
    long used = head.size() % head.clusterSize();
    if (used == 0) {
      return;
    }
    int entry = new BatTable(head).entryAt(head.clusters() - 1);
    if (entry != BatTable.FREE) {
      storage.zero(head.hostOffset(entry) + used, head.clusterSize() - used);
    }
  }

  @Override
  public RepairReport repair(Repair extent) throws IOException {
    BatCheck check = new BatCheck(head);
    CheckReport found = check.run();
    boolean all = extent == Repair.ALL && found.corruptions() > 0;
    if (!all && found.leaks() == 0) {
      return new RepairReport(found, 0, 0, found);
    }
    List<String> messages = new ArrayList<>(check.toldAsRepaired(all));
    long leaks = found.leaks();
    if (all) {
      BatCheck behind = repairAll();
      if (leaks == 0 && behind.leaks() > 0) {
        // Only the repair showed that nothing lies there.
        leaks = behind.leaks();
        messages.add(behind.toldAsRepaired(false).getLast());
      }
    } else {
      storage.truncate(found.imageEndOffset());
      storage.sync();
    }
    head = ParallelsHead.read(storage, request.limits());
    CheckReport after = new BatCheck(head).run();
    return new RepairReport(
        found.withMessages(messages),
        Math.max(0, leaks - after.leaks()),
        found.corruptions() - after.corruptions(),
        after);
  }

  /**
   * @return what a check found before the space behind the last cluster was given back
   */
  private BatCheck repairAll() throws IOException {
    FormatExtension.clustersToDrop(head);
    ClusterMover mover = new ClusterMover(storage, head);
    mover.requireClustersInFile();
    long dataSectors = head.dataOffset() / SECTOR_SIZE;
    write(head.header().withInUse(ParallelsHeader.IN_USE).withDataSectors(dataSectors));
    mover.repair();
    // No dirty bitmap tells what is changed here, nor what was changed by who did not close it.
    write(head.header().withoutExtension());
    BatCheck check = new BatCheck(head);
    CheckReport report = check.run();
    if (report.leaks() > 0) {
      storage.truncate(report.imageEndOffset());
    }
    close(head.header());
    return check;
  }

  /**
   * Makes holes of clusters that are zero and closes the gaps between clusters. Entries of the BAT
   * stay: in a bundle, a cluster of zeros hides what the image below has there.
   */
  @Override
  public long compact() throws IOException {
    requireSound();
    long before = storage.allocatedSize();
    punchZeros();
    if (new ClusterMover(storage, head).hasGaps()) {
      Undo.ifFails(this::pack, this::packAnew);
    }
    return Math.max(0, before - storage.allocatedSize());
  }

  private void punchZeros() throws IOException {
    BatTable table = new BatTable(head);
    long clusters = head.clusters();
    try (StoredBlocks stored = new StoredBlocks(storage)) {
      for (long cluster = 0; cluster < clusters; ) {
        int entry = table.entryAt(cluster);
        if (entry == BatTable.FREE) {
          cluster = table.endOfFree(cluster, clusters);
        } else {
          long length = head.lengthOf(cluster);
          if (stored.isZero(head.hostOffset(entry), length)) {
            storage.zero(head.hostOffset(entry), length);
          }
          cluster++;
        }
      }
    }
    storage.sync();
  }

  private void pack() throws IOException {
    long end = new ClusterMover(storage, head).pack();
    if (storage.size() != end) {
      storage.truncate(end);
      storage.sync();
    }
    head = ParallelsHead.read(storage, request.limits());
  }

  /** What has broken off is in no other state than one in which clusters are lost. */
  private void packAnew() throws IOException {
    head = ParallelsHead.read(storage, request.limits());
    new TableEditor(storage, ParallelsHeader.LENGTH).rewrite(head.clusters());
    pack();
  }

  private void requireSound() throws IOException {
    if (head.header().extensionSectors() != 0) {
      throw unsupported(
          head.name(),
          "the image has a format extension, whose dirty bitmaps would not tell of the change");
    }
    long faults = new BatCheck(head).run().corruptions();
    if (faults > 0) {
      throw corrupt(
          head.name(),
          "the image has " + faults + " faults, which are to be repaired first (check -r all)");
    }
  }

  private void close(ParallelsHeader header) throws IOException {
    write(header.withInUse(closed));
  }

  /** The header is one write, once all before is there. */
  private void write(ParallelsHeader header) throws IOException {
    storage.sync();
    MemorySegment bytes = MemorySegment.ofArray(new byte[ParallelsHeader.LENGTH]);
    header.writeTo(bytes);
    storage.write(0, bytes);
    storage.sync();
    head = ParallelsHead.read(storage, request.limits());
  }

  @Override
  public void close() {}
}
