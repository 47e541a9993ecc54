package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.Limits;
import dev.platter.image.spi.ImageFormat;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ParentLinkContract;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** {@link VhdxParentLink}: which image is below. */
class VhdxParentLinkTest extends ParentLinkContract {
  @Override
  protected ImageFormat format() {
    return new VhdxFormat();
  }

  @Override
  protected Stream<String> kinds() {
    return Stream.of("block_size=1M");
  }

  @Override
  protected int size() {
    return 2_500 * 1024;
  }

  /** All go the same way, through the log. */
  @Override
  protected List<String> names() {
    return List.of("../a/few/directories/up/" + "n".repeat(150));
  }

  @Override
  protected void fillGaps(MemoryStorage image) throws IOException {
    VhdxHead head = VhdxHead.read(image, Limits.DEFAULT);
    VhdxMap map = new VhdxMap(head);
    int gaps = 0;
    for (long block = 0; block < head.layout().blocks(); block++) {
      long entry = map.entryAt(block);
      if (BatEntry.state(entry) != BatEntry.PAYLOAD_BLOCK_PARTIALLY_PRESENT) {
        continue;
      }
      for (int at = 0; at < map.blockSize(); ) {
        SectorBitmaps.Run run = map.runAt(block, map.bitmapOffset(block), at, map.blockSize());
        if (!run.present()) {
          byte[] rubbish = new byte[run.end() - at];
          Arrays.fill(rubbish, (byte) 0xAA);
          image.write(map.payloadOffset(block) + at, MemorySegment.ofArray(rubbish));
          gaps++;
        }
        at = run.end();
      }
    }
    assertTrue(gaps > 0);
  }
}
