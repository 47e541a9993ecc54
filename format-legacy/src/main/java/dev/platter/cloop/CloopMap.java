package dev.platter.cloop;

import dev.platter.codec.Encoding;
import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** Where the blocks of a disk are: each by itself, compressed. */
final class CloopMap implements BlockMap {
  /** What a stream that helps nobody has more than the bytes in it, at most. */
  private static final int OVERHEAD = 64 << 10;

  private final CloopHeader header;
  private final Storage storage;
  private final long fileSize;
  private final Table table;

  CloopMap(CloopHeader header, Storage storage) throws IOException {
    this.header = header;
    this.storage = storage;
    this.fileSize = storage.size();
    this.table = storage.table(CloopHeader.TABLE_AT, header.tableBytes());
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int blockSize() {
    return header.blockSize();
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > size()) {
      throw new IllegalArgumentException(
          storage.name() + ": no extent at " + offset + ", limit " + limit);
    }
    long block = offset / blockSize();
    long from = table.longAt(block * Long.BYTES, ByteOrder.BIG_ENDIAN);
    long to = table.longAt((block + 1) * Long.BYTES, ByteOrder.BIG_ENDIAN);
    if (from < CloopHeader.TABLE_AT + header.tableBytes()
        || to <= from
        || to > fileSize
        || to - from > blockSize() + blockSize() / 8 + OVERHEAD) {
      throw CloopHeader.corrupt(
          storage.name(),
          "block %d of %d bytes lies from 0x%x to 0x%x, in a file of %d bytes"
              .formatted(block, blockSize(), from, to, fileSize));
    }
    return new Extent.Encoded(
        offset,
        Math.min(limit, (block + 1) * blockSize()) - offset,
        Encoding.ZLIB,
        storage,
        from,
        (int) (to - from),
        blockSize(),
        (int) (offset % blockSize()));
  }
}
