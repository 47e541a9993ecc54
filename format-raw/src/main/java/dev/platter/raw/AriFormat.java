package dev.platter.raw;

import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Initial ramdisks, as image services name them: archives of cpio, one behind the other, packed or
 * not.
 */
public final class AriFormat extends NamedRawFormat {
  /** Found by {@link java.util.ServiceLoader}. */
  public AriFormat() {}

  @Override
  public String name() {
    return "ari";
  }

  /**
   * The one place that decides whether a packed file is a ramdisk or a disk in a compression: what
   * it unpacks to must begin an archive. A file whose compression cannot be looked into here is
   * none.
   */
  @Override
  boolean isIn(Storage storage, MemorySegment head) {
    return CpioArchive.mayBeRamdisk(head)
        || PackedHead.of(storage, 0, head)
            .filter(packed -> CpioArchive.mayBeRamdisk(packed.content()))
            .isPresent();
  }

  @Override
  Map<String, Object> tell(Storage storage, MemorySegment head) throws IOException {
    Map<String, Object> more = new LinkedHashMap<>();
    List<String> archives = CpioArchive.list(storage);
    if (!archives.isEmpty()) {
      more.put("archives", archives);
    }
    return more;
  }
}
