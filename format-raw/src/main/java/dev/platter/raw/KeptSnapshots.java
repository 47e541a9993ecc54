package dev.platter.raw;

import dev.platter.image.ImageInfo;
import dev.platter.image.Snapshot;
import dev.platter.image.spi.Snapshots;
import dev.platter.storage.StorageSnapshots;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** The snapshots of a raw disk: those that its medium keeps of itself. */
final class KeptSnapshots implements Snapshots {
  private final StorageSnapshots medium;

  KeptSnapshots(StorageSnapshots medium) {
    this.medium = medium;
  }

  /** What a disk says of itself, and its snapshots with it. */
  static ImageInfo info(ImageInfo disk, StorageSnapshots medium) throws IOException {
    List<Snapshot> snapshots = new ArrayList<>();
    for (StorageSnapshots.Kept each : medium.list()) {
      snapshots.add(
          new Snapshot(
              each.id(),
              each.name(),
              0,
              each.date().getEpochSecond(),
              each.date().getNano(),
              0,
              OptionalLong.empty(),
              each.size()));
    }
    return new ImageInfo(
        disk.format(),
        disk.virtualSize(),
        disk.clusterSize(),
        false,
        false,
        false,
        snapshots,
        disk.details());
  }

  @Override
  public void create(String name, Instant date) throws IOException {
    medium.create(name);
  }

  @Override
  public void apply(Snapshot snapshot) throws IOException {
    medium.apply(snapshot.name());
  }

  @Override
  public void delete(Snapshot snapshot) throws IOException {
    medium.delete(snapshot.name());
  }
}
