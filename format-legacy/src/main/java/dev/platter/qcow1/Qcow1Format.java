package dev.platter.qcow1;

import dev.platter.image.DiskImage;
import dev.platter.image.OptionSpec;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** QEMU's first format, qcow version 1. */
public final class Qcow1Format implements ImageFormat {
  static final String NAME = "qcow";

  /** Found by {@link java.util.ServiceLoader}. */
  public Qcow1Format() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return Qcow1Header.isIn(head) ? 100 : NO_MATCH;
  }

  @Override
  public List<OptionSpec> openOptions() {
    return Qcow1Image.OPEN_OPTIONS;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return new Qcow1Image(storage, request);
  }

  @Override
  public boolean isMade() {
    return false;
  }
}
