package dev.platter.bochs;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** Where the sectors of a disk are. */
final class BochsMap implements BlockMap {
  private static final int SECTOR = BochsHeader.SECTOR;
  private static final int NONE = -1;

  private final BochsHeader header;
  private final Storage storage;
  private final long fileSize;
  private final Table file;
  private final long extentBytes;

  BochsMap(BochsHeader header, Storage storage) throws IOException {
    this.header = header;
    this.storage = storage;
    this.fileSize = storage.size();
    this.file = storage.table(0, fileSize);
    this.extentBytes = header.extentBytes();
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int blockSize() {
    return SECTOR;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > header.size()) {
      throw new IllegalArgumentException(
          storage.name() + ": no extent at " + offset + ", limit " + limit);
    }
    long number = offset / extentBytes;
    long entryAt = header.length() + number * Integer.BYTES;
    int entry = file.intAt(entryAt, ByteOrder.LITTLE_ENDIAN);
    if (entry == NONE) {
      long end = header.length() + Math.ceilDiv(limit, extentBytes) * Integer.BYTES;
      long extents = (file.endOfEqualInts(entryAt, end) - entryAt) / Integer.BYTES;
      return new Extent.Zero(offset, Math.min(limit, (number + extents) * extentBytes) - offset);
    }
    long bitmap =
        header.dataOffset() + Integer.toUnsignedLong(entry) * (header.bitmapBytes() + extentBytes);
    long data = bitmap + header.bitmapBytes();
    if (data > fileSize) {
      throw outside(number, entryAt, data);
    }
    int first = (int) (offset % extentBytes / SECTOR);
    long extentEnd = Math.min(limit, (number + 1) * extentBytes);
    int past = (int) Math.ceilDiv(extentEnd - number * extentBytes, SECTOR);
    boolean stored = isSet(bitmap, first);
    int end = first + 1;
    while (end < past && isSet(bitmap, end) == stored) {
      end++;
    }
    long length = Math.min(extentEnd, number * extentBytes + (long) end * SECTOR) - offset;
    if (!stored) {
      return new Extent.Zero(offset, length);
    }
    long host = data + offset % extentBytes;
    if (host > fileSize - length) {
      throw outside(number, entryAt, host + length);
    }
    return new Extent.Data(offset, length, storage, host);
  }

  private boolean isSet(long bitmap, int sector) throws IOException {
    // Words of the bitmap begin at multiples of four bytes from its beginning.
    int word = file.intAt(bitmap + sector / Integer.SIZE * Integer.BYTES, ByteOrder.LITTLE_ENDIAN);
    return (word >>> sector % Integer.SIZE & 1) != 0;
  }

  private IOException outside(long number, long entryAt, long end) {
    return BochsHeader.corrupt(
        storage.name(),
        "extent %d (entry at 0x%x) reaches to 0x%x, past the end of the file at 0x%x"
            .formatted(number, entryAt, end, fileSize));
  }
}
