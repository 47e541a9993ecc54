package dev.platter.vhd;

import dev.platter.image.Preallocation;
import dev.platter.image.support.Undo;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

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
   * @return what kept the file from being as short as it can be
   */
  Optional<IOException> resize(VhdFooter footer, Preallocation preallocation) throws IOException {
    long size = footer.guestSize();
    long end = Math.max(size, head.payloadEnd());
    Undo.ifFails(
        () -> {
          if (size > head.size()) {
            prepare(size, end, preallocation);
          }
          put(footer, end);
          storage.sync();
        },
        () -> undo(end));
    return Undo.orLeak(() -> cut(footer, size, end));
  }

  private void prepare(long size, long end, Preallocation preallocation) throws IOException {
    put(standIn(), end);
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
  }

  /** A footer of the disk as it is, for a place that its size does not tell. */
  private VhdFooter standIn() {
    VhdFooter present = head.footer();
    return present.guestSize() == head.size() ? present : present.exactly(head.size());
  }

  /** The footer that there was is again what the file ends with. */
  private void undo(long end) throws IOException {
    if (storage.size() >= end + VhdFooter.LENGTH) {
      put(standIn(), end);
      storage.sync();
    }
    put(head.footer(), head.payloadEnd());
    storage.sync();
    storage.truncate(head.payloadEnd() + VhdFooter.LENGTH);
    storage.sync();
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
