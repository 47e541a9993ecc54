package dev.platter.qcow2;

import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What the header and the bitmap directory of an image in use are to say once its disk is written
 * to: flags of features that are not known are cleared, as they ask for, and enabled bitmaps are in
 * use, since what is written is not marked in them. Others take those for inconsistent from then
 * on; bitmaps that are disabled stay what they are.
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
  void begin() throws IOException {
    if ((head.header().autoclearFeatures() & ~Qcow2Header.AUTOCLEAR_KNOWN) != 0) {
      new HeaderUpdate(storage).put();
    }
    Optional<BitmapDirectory> bitmaps = BitmapDirectory.read(storage, head);
    if (bitmaps.isPresent()) {
      long at = bitmaps.get().offset();
      for (BitmapEntry entry : bitmaps.get().entries()) {
        int flags = entry.flags() | BitmapEntry.FLAG_IN_USE;
        if ((entry.flags() & BitmapEntry.FLAG_AUTO) != 0 && flags != entry.flags()) {
          MemorySegment bytes = MemorySegment.ofArray(new byte[Integer.BYTES]);
          bytes.set(Qcow2Header.INT, 0, flags);
          storage.write(at + BitmapEntry.FLAGS_OFFSET, bytes);
        }
        at += entry.storedLength();
      }
    }
    barrier.pass();
    begun = true;
  }
}
