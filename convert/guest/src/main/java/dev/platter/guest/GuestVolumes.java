package dev.platter.guest;

import dev.platter.guest.files.Budget;
import dev.platter.guest.files.DiskSource;
import dev.platter.image.BlockMap;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What lies on a guest's disk, to read files of it. Belongs to one thread. What one file or
 * directory may cost is bounded: see {@link Budget#renew}.
 */
public final class GuestVolumes implements Closeable {
  /** For who reads files: as many bytes as they have. */
  public static final InspectionLimits ROOMY =
      new InspectionLimits(Long.MAX_VALUE, 64_000_000, InspectionLimits.DEFAULT.maxPartitions());

  private final DiskSource disk;
  private final Optional<PartitionTable> table;
  private final List<Volume> volumes;

  private GuestVolumes(DiskSource disk, VolumeSearch search) {
    this.disk = disk;
    this.table = search.table();
    this.volumes = List.copyOf(search.volumes());
  }

  /**
   * Looks at what lies on a disk, within {@link #ROOMY} limits.
   *
   * @param map the disk as the guest sees it, its chain resolved; stays the caller's
   * @param name what messages call the disk
   * @throws IOException if the first bytes of the disk cannot be read
   */
  public static GuestVolumes open(BlockMap map, String name) throws IOException {
    return open(map, name, ROOMY);
  }

  /**
   * The same within other limits, of which each volume may use all.
   *
   * @throws IOException if the first bytes of the disk cannot be read
   */
  public static GuestVolumes open(BlockMap map, String name, InspectionLimits limits)
      throws IOException {
    DiskSource disk = new DiskSource(name, map, Budget.of(limits.maxBytes(), limits.maxSteps()));
    try {
      return new GuestVolumes(disk, VolumeSearch.of(disk, 1, limits.maxPartitions()));
    } catch (Throwable e) {
      disk.close();
      throw e;
    }
  }

  /** Empty: there is none. */
  public Optional<PartitionTable> table() {
    return table;
  }

  /** In the order of the disk; a volume group in front of its volumes. */
  public List<Volume> volumes() {
    return volumes;
  }

  @Override
  public void close() {
    disk.close();
  }
}
