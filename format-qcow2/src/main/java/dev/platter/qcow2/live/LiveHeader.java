package dev.platter.qcow2.live;

import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.HeaderUpdate;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * What the header and the bitmap directory of an image in use are to say once its disk is written
 * to: flags of features that are not known are cleared, as they ask for, and enabled bitmaps are in
 * use. Others take those for inconsistent until the image was closed with all that they mark
 * written; bitmaps that are disabled stay what they are.
 */
final class LiveHeader {
  private final WritableStorage storage;
  private final ImageHead head;
  private final Barrier barrier;
  private volatile boolean begun;

  LiveHeader(WritableStorage storage, ImageHead head, Barrier barrier) {
    this.storage = storage;
    this.head = head;
    this.barrier = barrier;
  }

  /** Whether the disk may be written to. */
  boolean begun() {
    return begun;
  }

  /** Writes that down; it is on the medium when this returns. */
  void begin(LiveBitmaps bitmaps) throws IOException {
    if ((head.header().autoclearFeatures() & ~Qcow2Header.AUTOCLEAR_KNOWN) != 0) {
      new HeaderUpdate(storage).put();
    }
    for (LiveBitmaps.Flags each : bitmaps.enabled()) {
      putFlags(each, each.stored() | BitmapEntry.FLAG_IN_USE);
    }
    barrier.pass();
    begun = true;
  }

  /**
   * The disk is not written to any more, and the bitmaps that were kept are on the medium: they can
   * be relied on.
   */
  void end(LiveBitmaps bitmaps) throws IOException {
    if (!begun || bitmaps.kept().isEmpty()) {
      return;
    }
    for (LiveBitmaps.Flags each : bitmaps.kept()) {
      putFlags(each, each.stored());
    }
    barrier.pass();
  }

  private void putFlags(LiveBitmaps.Flags entry, int flags) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
    bytes.set(Qcow2Header.INT, 0, flags);
    storage.write(entry.position() + BitmapEntry.FLAGS_OFFSET, bytes);
  }
}
