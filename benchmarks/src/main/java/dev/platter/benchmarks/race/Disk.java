package dev.platter.benchmarks.race;

import java.nio.file.Path;

/** A data set as an image of one kind. */
record Disk(DataSet set, ImageKind kind) {
  /** An image of the same content that qemu-img compares with in little time. */
  Disk reference() {
    boolean empty = set.content() == DataSet.Content.NOTHING;
    return new Disk(set, empty ? ImageKind.QCOW2 : ImageKind.RAW);
  }

  /** Whether to delete it when no row needs it any more: it is large, and made in seconds. */
  boolean isPassing() {
    boolean large = set.bytes() > DataSet.SYSTEM.bytes();
    boolean slowToMake = kind.isCompressed() || set.content() == DataSet.Content.FILES;
    return large && (kind == ImageKind.RAW ? !slowToMake : !kind.isCompressed());
  }

  /** The image's file in the directory of data. */
  Path in(Path data) {
    return data.resolve(set.name() + "-" + kind.title() + "." + kind.suffix());
  }
}
