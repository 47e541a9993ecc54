package dev.platter.vmdk.live;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.spi.Allocation;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.LiveImage;
import dev.platter.storage.Barrier;
import dev.platter.storage.WritableStorage;
import dev.platter.vmdk.format.ContentId;
import dev.platter.vmdk.format.DiskFile;
import dev.platter.vmdk.format.Faults;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * A VMDK in use: extents one after the other, each of which keeps its own books. Before the first
 * modification the disk's content gets another ID.
 */
public final class LiveVmdk implements LiveImage, BlockMap {
  private final String name;
  private final EditRequest request;
  private final Optional<ContentId> contentId;
  private final Barrier barrier;
  private final LiveExtents files;
  private final List<LiveExtent> extents;
  private final long[] starts;
  private final long size;
  private final int blockSize;
  private volatile boolean modified;

  private LiveVmdk(WritableStorage storage, EditRequest request, DiskFile file, LiveExtents files)
      throws IOException {
    this.name = storage.name();
    this.request = request;
    this.contentId = ContentId.of(storage, file);
    this.barrier = new Barrier(List.of(storage));
    this.files = files;
    this.extents = files.open();
    this.starts = extents.stream().mapToLong(extent -> extent.start()).toArray();
    this.size = extents.isEmpty() ? 0 : extents.getLast().end();
    if (size > request.limits().maxVirtualSize()) {
      throw Faults.corrupt(
          name, "the disk has " + size + " bytes, at most " + request.limits().maxVirtualSize());
    }
    this.blockSize = extents.stream().mapToInt(LiveExtent::blockSize).max().orElse(1);
    for (LiveExtent extent : extents) {
      // What is asked for by the unit of the disk must not reach into another unit.
      if (extent.start() % extent.blockSize() != 0) {
        throw Faults.unsupported(
            name,
            "writing to disks with an extent that begins at "
                + Faults.hex(extent.start())
                + ", within what would be a grain of its size");
      }
    }
  }

  public static LiveVmdk open(WritableStorage storage, EditRequest request) throws IOException {
    DiskFile file = DiskFile.read(storage, request.limits());
    LiveExtents files = new LiveExtents(storage, request, file);
    try {
      return new LiveVmdk(storage, request, file, files);
    } catch (Throwable e) {
      files.close();
      throw e;
    }
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public int blockSize() {
    return blockSize;
  }

  @Override
  public BlockMap map() {
    return this;
  }

  private LiveExtent at(long offset) {
    int low = 0;
    int high = starts.length - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (starts[middle] <= offset) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return extents.get(low);
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    LiveExtent extent = at(offset);
    return extent.extentAt(offset, Math.min(limit, extent.end()));
  }

  @Override
  public Extent placeAt(long offset, long limit) throws IOException {
    beginToModify();
    LiveExtent extent = at(offset);
    return extent.placeAt(offset, Math.min(limit, extent.end()));
  }

  @Override
  public Allocation allocate(long offset, long length, Use use) throws IOException {
    beginToModify();
    LiveExtent extent = at(offset);
    return extent.allocate(offset, Math.min(length, extent.end() - offset), use);
  }

  @Override
  public void commit(Allocation done) throws IOException {
    at(done.offset()).commit(done);
  }

  @Override
  public void abandon(Allocation undone) {
    at(undone.offset()).abandon(undone);
  }

  /** Disks that lie over this one are to see that it has changed. */
  private void beginToModify() throws IOException {
    if (!modified) {
      synchronized (this) {
        if (!modified) {
          if (contentId.isPresent() && request.content() == EditRequest.Content.CHANGES) {
            contentId.get().change(request.identity());
            barrier.pass();
          }
          modified = true;
        }
      }
    }
  }

  @Override
  public void flush() throws IOException {
    for (LiveExtent extent : extents) {
      extent.flush();
    }
  }

  @Override
  public void close() throws IOException {
    try (files) {
      flush();
      for (LiveExtent extent : extents) {
        extent.finish();
      }
    }
  }
}
