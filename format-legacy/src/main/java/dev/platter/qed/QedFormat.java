package dev.platter.qed;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** QED, QEMU's enhanced disks. */
public final class QedFormat implements ImageFormat {
  static final String NAME = "qed";

  /** Found by {@link java.util.ServiceLoader}. */
  public QedFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return QedHeader.isIn(head) ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return new QedImage(storage, request);
  }

  @Override
  public boolean isMade() {
    return false;
  }
}
