package dev.platter.remote.nbd;

import dev.platter.image.DirtyBitmap;
import dev.platter.image.Extent;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** One view of what is where on a disk: a metadata context of the protocol. */
interface StatusContext {
  /** The context's name on the wire. */
  String name();

  /** The flags at {@code offset}, and the offset up to which they hold, {@code limit} at most. */
  Status at(long offset, long limit) throws IOException;

  /**
   * @param end a guest offset
   * @param flags as the context defines them
   */
  record Status(long end, int flags) {}

  /** All that an export has. */
  static List<StatusContext> of(NbdExport export) {
    List<StatusContext> contexts = new ArrayList<>();
    contexts.add(new Allocation(export));
    for (DirtyBitmap bitmap : export.dirtyBitmaps()) {
      contexts.add(new Dirty(bitmap));
    }
    return contexts;
  }

  /** {@code base:allocation}: what takes space, and what reads as zeros. */
  record Allocation(NbdExport export) implements StatusContext {
    @Override
    public String name() {
      return Protocol.BASE_ALLOCATION;
    }

    @Override
    public Status at(long offset, long limit) throws IOException {
      Extent extent = export.extentAt(offset, limit);
      int flags = 0;
      if (extent.readsZero()) {
        boolean kept =
            extent instanceof Extent.Zero zero && zero.hostOffset() != Extent.Zero.NOWHERE;
        flags = Protocol.NBD_STATE_ZERO | (kept ? 0 : Protocol.NBD_STATE_HOLE);
      }
      return new Status(extent.end(), flags);
    }
  }

  /** {@code qemu:dirty-bitmap:NAME}: bit 0 where it is dirty. */
  record Dirty(DirtyBitmap bitmap) implements StatusContext {
    static final String PREFIX = "qemu:dirty-bitmap:";

    @Override
    public String name() {
      return PREFIX + bitmap.name();
    }

    @Override
    public Status at(long offset, long limit) throws IOException {
      DirtyBitmap.Run run = bitmap.runAt(offset, limit);
      return new Status(run.end(), run.isDirty() ? 1 : 0);
    }
  }
}
