package dev.platter.dmg;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Disk images of Apple (UDIF), told by their last 512 bytes. */
public final class DmgFormat implements ImageFormat {
  static final String NAME = "dmg";

  /** The file's name says it, too, which is how qemu-img tells these images. */
  private static final int NAMED_SO = TOLD_BY_TAIL + 10;

  /** Found by {@link java.util.ServiceLoader}. */
  public DmgFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) throws IOException {
    if (!Trailer.endsWithOne(storage)) {
      return NO_MATCH;
    }
    return storage.name().endsWith(".dmg") ? NAMED_SO : TOLD_BY_TAIL;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    return new DmgImage(storage, request.limits());
  }

  @Override
  public boolean isMade() {
    return false;
  }
}
