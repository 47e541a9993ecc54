package dev.platter.guest.free;

import dev.platter.guest.FileSystem;
import dev.platter.guest.GuestVolumes;
import dev.platter.guest.Partition;
import dev.platter.guest.PartitionTable;
import dev.platter.guest.Volume;
import dev.platter.guest.files.FreeSink;
import dev.platter.guest.files.Source;
import dev.platter.image.BlockMap;
import dev.platter.image.ImageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What of a guest's disk is free: blocks that its file systems call so, swap space, what LVM gave
 * to no volume, and what lies between partitions and behind them. What is not understood, in use,
 * encrypted or not in agreement with itself is kept whole, and told of.
 *
 * <p>Never free is what lies in front of the first partition, where boot loaders are, and the last
 * MiB of the disk, where the backup of a GPT and other things are that look for the end.
 */
public final class FreeSpace {
  private static final long MIB = 1 << 20;

  private final Ranges ranges = new Ranges();
  private final List<Kept> kept = new ArrayList<>();

  /**
   * What is kept whole.
   *
   * @param place such as {@code partition 1}, {@code disk} or {@code vg/root}
   * @param kind its name; empty: not known
   */
  public record Kept(String place, String kind, String why) {}

  private FreeSpace() {}

  /**
   * Looks for what is free.
   *
   * @param map the disk as the guest sees it, its chain resolved; stays the caller's
   * @param name what messages call the disk
   * @throws IOException if the first bytes of the disk cannot be read
   */
  public static FreeSpace of(BlockMap map, String name) throws IOException {
    FreeSpace free = new FreeSpace();
    try (GuestVolumes volumes = GuestVolumes.open(map, name)) {
      free.look(volumes, map.size());
    }
    if (!free.ranges.sort()) {
      free.ranges.clear();
      free.kept.add(new Kept("disk", "", "parts of it are called free twice"));
    }
    return free;
  }

  /** What is kept whole, and why, in the order of the disk. */
  public List<Kept> kept() {
    return List.copyOf(kept);
  }

  /** How many bytes of the disk are free, of which some may be zeros already. */
  public long bytes() {
    return ranges.total();
  }

  /** Hands out what is free, in the order of the disk. */
  public void each(FreeSink sink) throws IOException {
    for (int i = 0; i < ranges.count(); i++) {
      sink.free(ranges.start(i), ranges.length(i));
    }
  }

  /** The disk with zeros in what is free; any thread may use it. */
  public BlockMap zeroed(BlockMap disk) {
    return new FreedMap(disk, ranges);
  }

  private void look(GuestVolumes volumes, long diskSize) {
    Optional<PartitionTable> table = volumes.table();
    List<Volume> all = volumes.volumes();
    boolean hasWhole = all.stream().anyMatch(v -> v.fileSystem().place().equals("disk"));
    if (table.isPresent() && hasWhole) {
      kept.add(new Kept("disk", "", "a file system and a partition table in one place"));
      return;
    }
    if (table.isEmpty() && all.isEmpty()) {
      kept.add(new Kept("disk", "", "nothing that is known"));
      return;
    }
    if (table.isPresent() && isVouchedFor(table.get())) {
      kept.add(new Kept("disk", "", "verity vouches for all blocks, those that are free, too"));
      return;
    }
    Set<Integer> overlapping = table.map(FreeSpace::overlapping).orElse(Set.of());
    Set<Integer> seen = new HashSet<>();
    Set<Integer> shared = new HashSet<>();
    for (Volume volume : all) {
      FileSystem found = volume.fileSystem();
      int partition = found.partition().orElse(0);
      seen.add(partition);
      if (overlapping.contains(partition)) {
        keep(found, "its partition and another one overlap");
      } else {
        add(volume, shared.contains(partition));
        boolean isPart = found.kind().equals("linux_raid_member");
        if (isPart || found.kind().equals("LVM2_member") && !VolumeFree.isPlainGroup(volume)) {
          shared.add(partition);
        }
      }
    }
    if (table.isPresent()) {
      tellUnknown(table.get(), seen);
      addGaps(table.get(), overlapping, diskSize);
    }
  }

  private void keep(FileSystem found, String why) {
    kept.add(new Kept(found.place(), found.kind(), why));
  }

  /**
   * @param shared whether it lies in a group of which volumes have parts of one another
   */
  private void add(Volume volume, boolean shared) {
    FileSystem found = volume.fileSystem();
    boolean isLogical = found.place().indexOf('/') >= 0;
    if (shared && isLogical) {
      keep(
          found,
          "it lies in an array, or in a volume group with parts that are shared or elsewhere");
      return;
    }
    Ranges own = new Ranges();
    try {
      Source bytes = VolumeFree.bytes(volume);
      VolumeFree.find(volume, (offset, length) -> place(bytes, offset, length, own));
    } catch (IOException e) {
      keep(found, e instanceof ImageException image ? image.what() : e.getMessage());
      return;
    }
    if (!own.sort()) {
      keep(found, "what it calls free is told twice");
      return;
    }
    for (int i = 0; i < own.count(); i++) {
      ranges.add(own.start(i), own.length(i));
    }
  }

  /** A part of a volume, where it lies on the disk. */
  private static void place(Source volume, long offset, long length, Ranges to) throws IOException {
    long end = Math.min(offset + length, volume.size());
    for (long at = offset; at < end; ) {
      Source.Place place = volume.placeAt(at);
      long count = Math.min(place.length(), end - at);
      if (place.offset() >= 0) {
        to.add(place.offset(), count);
      }
      at += count;
    }
  }

  /** Whether a partition is of a kind that goes with hashes of all blocks of another one. */
  private static boolean isVouchedFor(PartitionTable table) {
    return table.partitions().stream()
        .map(Partition::typeName)
        .anyMatch(name ->
            name.contains("verity") || name.contains("ChromeOS") || name.contains("CoreOS"));
  }

  private static boolean isExtended(Partition partition) {
    return partition.type().equals("0x05")
        || partition.type().equals("0x0f")
        || partition.type().equals("0x85");
  }

  /** The numbers of partitions that lie in the place of another one. */
  private static Set<Integer> overlapping(PartitionTable table) {
    Set<Integer> found = new HashSet<>();
    for (Partition one : table.partitions()) {
      for (Partition other : table.partitions()) {
        boolean differ = one.number() != other.number();
        boolean meet =
            one.offset() < other.offset() + other.length()
                && other.offset() < one.offset() + one.length();
        if (differ && meet && !isExtended(one) && !isExtended(other)) {
          found.add(one.number());
        }
      }
    }
    return found;
  }

  private void tellUnknown(PartitionTable table, Set<Integer> seen) {
    for (Partition partition : table.partitions()) {
      if (!seen.contains(partition.number()) && !isExtended(partition)) {
        kept.add(new Kept("partition " + partition.number(), "", "nothing that is known"));
      }
    }
  }

  /** What lies between partitions and behind them, where the table leaves no doubt. */
  private void addGaps(PartitionTable table, Set<Integer> overlapping, long diskSize) {
    boolean isDynamic =
        table.partitions().stream()
            .anyMatch(p -> p.type().equals("0x42") || p.typeName().startsWith("Windows LDM"));
    boolean isSure = table.problems().isEmpty() && overlapping.isEmpty() && !isDynamic;
    if (!isSure || table.kind() == PartitionTable.Kind.HYBRID || table.partitions().isEmpty()) {
      String why = isSure ? "its partition table is of two kinds, or empty" : "doubtful partitions";
      kept.add(new Kept("between partitions", "", why));
      return;
    }
    List<Partition> inOrder = new ArrayList<>(table.partitions());
    inOrder.sort((a, b) -> Long.compare(a.offset(), b.offset()));
    long end = Math.max(inOrder.getFirst().offset(), MIB);
    for (Partition partition : inOrder) {
      addGap(end, partition.offset());
      end = Math.max(end, partition.offset() + partition.length());
    }
    addGap(end, diskSize - MIB);
  }

  private void addGap(long start, long end) {
    if (start < end) {
      ranges.add(start, end - start);
    }
  }
}
