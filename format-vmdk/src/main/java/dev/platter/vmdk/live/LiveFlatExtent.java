package dev.platter.vmdk.live;

import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.LiveImage.Use;
import dev.platter.storage.Barrier;
import dev.platter.storage.Run;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;

/** An extent in use whose file holds the bytes as the guest sees them: there are no books. */
final class LiveFlatExtent extends LiveExtent {
  /** Up to this length nobody asks for holes: reading is faster. */
  private static final long LOOKED_AT = 1 << 16;

  private final WritableStorage storage;
  private final long host;
  private final Barrier barrier;
  private volatile boolean modified;

  /** Whether the file has all of the extent; the last sector need not be there in full. */
  private volatile boolean complete;

  /**
   * @param host where in the file the extent begins
   */
  LiveFlatExtent(long start, long length, WritableStorage storage, long host) throws IOException {
    super(start, length);
    new Flat(start, length, storage, host);
    this.storage = storage;
    this.host = host;
    this.barrier = new Barrier(List.of(storage));
    this.complete = storage.size() >= host + length;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    long at = host + (offset - start);
    long stop = limit;
    if (!complete) {
      stop = Math.min(limit, offset + (storage.size() - at));
      if (stop <= offset) {
        return new Extent.Zero(offset, limit - offset);
      }
    }
    if (stop - offset > LOOKED_AT) {
      Run run = storage.runAt(at, at + (stop - offset));
      return run.hole()
          ? new Extent.Zero(offset, run.length(), at)
          : new Extent.Data(offset, run.length(), storage, at);
    }
    return new Extent.Data(offset, stop - offset, storage, at);
  }

  @Override
  Extent.Data placeAt(long offset, long limit) throws IOException {
    beginToModify();
    return new Extent.Data(offset, limit - offset, storage, host + (offset - start));
  }

  @Override
  Allocation allocate(long offset, long length, Use use) throws IOException {
    return Allocation.Settled.at(placeAt(offset, offset + length), storage);
  }

  private void beginToModify() throws IOException {
    if (!modified) {
      synchronized (this) {
        if (!complete && storage.size() < host + (end - start)) {
          storage.truncate(host + (end - start));
        }
        complete = true;
        modified = true;
      }
    }
  }

  @Override
  void flush() throws IOException {
    if (modified) {
      barrier.pass();
    }
  }
}
