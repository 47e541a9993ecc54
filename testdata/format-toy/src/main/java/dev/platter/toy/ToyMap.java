package dev.platter.toy;

import dev.platter.image.BlockMap;
import dev.platter.image.Extent;
import dev.platter.image.Fault;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;

/** Where the blocks of a toy disk are. */
final class ToyMap implements BlockMap {
  private final ToyHeader header;
  private final Storage storage;
  private final Table table;

  ToyMap(ToyHeader header, Storage storage) {
    this.header = header;
    this.storage = storage;
    this.table = storage.table(ToyHeader.LENGTH, header.tableBytes());
  }

  @Override
  public long size() {
    return header.size();
  }

  @Override
  public int blockSize() {
    return ToyHeader.BLOCK;
  }

  @Override
  public Extent extentAt(long offset, long limit) throws IOException {
    if (offset < 0 || offset >= limit || limit > size()) {
      throw new IllegalArgumentException("no extent at " + offset + ", limit " + limit);
    }
    long block = offset / ToyHeader.BLOCK;
    long position = block * Integer.BYTES;
    int word = table.intAt(position, ByteOrder.LITTLE_ENDIAN);
    if (word == 0) {
      long end = table.endOfEqualInts(position, header.tableBytes()) / Integer.BYTES;
      return new Extent.Absent(offset, Math.min(limit, end * ToyHeader.BLOCK) - offset);
    }
    long host = header.hostOffset(word);
    long end = Math.min(size(), (block + 1) * ToyHeader.BLOCK);
    if (host + (end - block * ToyHeader.BLOCK) > storage.size()) {
      throw Fault.in("toy", storage.name())
          .at(ToyHeader.LENGTH + position)
          .corrupt(
              "block %d lies at 0x%x, behind the file's end at 0x%x"
                  .formatted(block, host, storage.size()));
    }
    return new Extent.Data(
        offset, Math.min(limit, end) - offset, storage, host + offset % ToyHeader.BLOCK);
  }
}
