package dev.platter.vmdk.read;

import dev.platter.image.Extent;
import dev.platter.storage.Run;
import dev.platter.storage.Storage;
import dev.platter.vmdk.format.Faults;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;

/** Where the bytes of one extent of the disk are. Offsets are those of the whole guest disk. */
public abstract class ExtentMap {
  protected final long start;
  protected final long end;

  public ExtentMap(long start, long length) {
    this.start = start;
    this.end = start + length;
  }

  /** Where in the disk the extent begins. */
  public final long start() {
    return start;
  }

  /** Where in the disk the extent ends. */
  public final long end() {
    return end;
  }

  /** As {@link dev.platter.image.BlockMap#extentAt}, both offsets inside this extent. */
  public abstract Extent extentAt(long offset, long limit) throws IOException;

  /** The unit of allocation, bytes; 1 where there is none. */
  public int blockSize() {
    return 1;
  }

  /** An extent that reads as zeros. */
  static final class Zeros extends ExtentMap {
    Zeros(long start, long length) {
      super(start, length);
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Zero(offset, limit - offset);
    }
  }

  /** An extent that lies in a file just as the guest sees it. */
  public static final class Flat extends ExtentMap {
    private final Storage storage;
    private final long host;
    private final long size;

    /**
     * @param host where in the file the extent begins
     */
    public Flat(long start, long length, Storage storage, long host) throws IOException {
      super(start, length);
      this.storage = storage;
      this.host = host;
      this.size = storage.size();
      // The last sector need not be there in full.
      if (length > 0 && (host > size || size - host <= length - SparseHeader.SECTOR)) {
        throw Faults.corrupt(
            storage.name(),
            "the extent takes "
                + length
                + " bytes from "
                + host
                + " on, the file has "
                + size
                + " bytes");
      }
    }

    @Override
    public Extent extentAt(long offset, long limit) throws IOException {
      long at = host + (offset - start);
      if (at >= size) {
        return new Extent.Zero(offset, limit - offset);
      }
      Run run = storage.runAt(at, Math.min(host + (limit - start), size));
      return run.hole()
          ? new Extent.Zero(offset, run.length(), at)
          : new Extent.Data(offset, run.length(), storage, at);
    }
  }
}
