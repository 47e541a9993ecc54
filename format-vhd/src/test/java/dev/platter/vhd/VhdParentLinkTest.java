package dev.platter.vhd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.Limits;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ParentLinkContract;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.Stream;

/** {@link VhdParentLink}: which image is below. */
class VhdParentLinkTest extends ParentLinkContract {
  @Override
  protected ImageFormat format() {
    return new VhdFormat();
  }

  @Override
  protected Stream<String> kinds() {
    return Stream.of("block_size=4096", "block_size=65536");
  }

  /** Cylinders of four heads and 17 sectors, so that the parent is as large. */
  @Override
  protected int size() {
    return 6 * 4 * 17 * 512;
  }

  @Override
  protected void fillGaps(MemoryStorage image) throws IOException {
    VhdHead head = VhdHead.read(image, Limits.DEFAULT);
    DynamicMap map = new DynamicMap(head);
    int gaps = 0;
    for (long block = 0; block < head.blocks(); block++) {
      int entry = map.entryAt(block);
      if (entry == DynamicMap.UNALLOCATED) {
        continue;
      }
      long bitmap = map.bitmapOffset(block, entry);
      for (int at = 0; at < map.blockSize(); ) {
        SectorBitmaps.Run run = map.runAt(block, bitmap, at, map.blockSize());
        if (!run.present()) {
          byte[] rubbish = new byte[run.end() - at];
          Arrays.fill(rubbish, (byte) 0xAA);
          long payload = bitmap + DynamicMap.bitmapSize(map.blockSize());
          image.write(payload + at, MemorySegment.ofArray(rubbish));
          gaps++;
        }
        at = run.end();
      }
    }
    assertTrue(map.blockSize() <= 4096 || gaps > 0, "blocks with gaps");
  }
}
