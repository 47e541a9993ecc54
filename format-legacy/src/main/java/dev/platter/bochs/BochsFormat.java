package dev.platter.bochs;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Growing disks of Bochs. */
public final class BochsFormat implements ImageFormat {
  static final String NAME = "bochs";

  /** Found by {@link java.util.ServiceLoader}. */
  public BochsFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return BochsHeader.isIn(head) ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    BochsMap map = new BochsMap(BochsHeader.read(storage, request.limits()), storage);
    return new DiskImage() {
      @Override
      public ImageInfo info() {
        return ImageInfo.of(NAME, map.size());
      }

      @Override
      public BlockMap map() {
        return map;
      }

      @Override
      public void close() {}
    };
  }

  @Override
  public boolean isMade() {
    return false;
  }
}
