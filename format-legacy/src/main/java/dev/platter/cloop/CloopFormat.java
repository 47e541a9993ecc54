package dev.platter.cloop;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageInfo;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** Disks of cloop, version 2. */
public final class CloopFormat implements ImageFormat {
  static final String NAME = "cloop";

  /** Found by {@link java.util.ServiceLoader}. */
  public CloopFormat() {}

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int probe(Storage storage, MemorySegment head) {
    return CloopHeader.isIn(head) ? 100 : NO_MATCH;
  }

  @Override
  public DiskImage open(Storage storage, OpenRequest request) throws IOException {
    CloopMap map = new CloopMap(CloopHeader.read(storage, request.limits()), storage);
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
