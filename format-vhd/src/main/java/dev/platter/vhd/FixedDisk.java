package dev.platter.vhd;

import dev.platter.image.Limits;
import dev.platter.image.Preallocation;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * Changes a fixed disk. Its only footer is what the file ends with, so the file must never end with
 * anything else: a footer that says less than the file holds stands in while the rest is made
 * ready.
 */
final class FixedDisk {
  private final WritableStorage storage;
  private final VhdHead head;

  FixedDisk(WritableStorage storage, VhdHead head) {
    this.storage = storage;
    this.head = head;
  }

  /**
   * Gives the disk another size.
   *
   * @param footer that of the disk as it shall be
   */
  void resize(VhdFooter footer, Preallocation preallocation) throws IOException {
    long size = footer.guestSize();
    if (size > head.size()) {
      grow(footer, size, preallocation);
    } else {
      shrink(footer, size);
    }
  }

  private void grow(VhdFooter footer, long size, Preallocation preallocation) throws IOException {
    long end = Math.max(size, head.payloadEnd());
    VhdFooter present = head.footer();
    put(present.guestSize() == head.size() ? present : present.exactly(head.size()), end);
    storage.sync();
    // The old footer lies in what is new; on a device, so does whatever was there before.
    long written = Math.min(size, head.payloadEnd() + VhdFooter.LENGTH);
    long zeroed = storage.readsZeroWhereUnwritten() ? written : size;
    storage.zero(head.size(), zeroed - head.size());
    switch (preallocation) {
      case FALLOC -> storage.allocate(head.size(), size - head.size());
      case FULL -> storage.fill(head.size(), size - head.size());
      case OFF, METADATA -> {}
    }
    storage.sync();
    put(footer, end);
    storage.sync();
    cut(footer, size, end);
  }

  private void shrink(VhdFooter footer, long size) throws IOException {
    put(footer, head.payloadEnd());
    storage.sync();
    cut(footer, size, head.payloadEnd());
  }

  /**
   * Ends a change that broke off: a disk that was to grow has its old size and its footer where
   * that was, one that was to shrink the size that its footer says.
   *
   * @param footer that of the disk as it should have become
   */
  void undo(VhdFooter footer) throws IOException {
    if (footer.guestSize() > head.size()) {
      put(head.footer(), head.payloadEnd());
      storage.sync();
      storage.truncate(head.payloadEnd() + VhdFooter.LENGTH);
      storage.sync();
    } else {
      VhdHead present = VhdHead.read(storage, Limits.DEFAULT);
      new FixedDisk(storage, present).trim();
    }
  }

  /** Takes away what lies between the disk and its footer. */
  void trim() throws IOException {
    cut(head.footer(), head.size(), head.payloadEnd());
  }

  private void cut(VhdFooter footer, long size, long end) throws IOException {
    if (size < end) {
      put(footer, size);
      storage.sync();
    }
    storage.truncate(size + VhdFooter.LENGTH);
    storage.sync();
  }

  private void put(VhdFooter footer, long offset) throws IOException {
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    footer.writeTo(bytes);
    storage.write(offset, bytes);
  }
}
