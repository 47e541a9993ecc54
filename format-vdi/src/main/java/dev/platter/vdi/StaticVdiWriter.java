package dev.platter.vdi;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.image.support.NewBlockTable;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Writes a static image: every block of the disk in the file, in order. */
final class StaticVdiWriter implements ImageWriter {
  private final NewDisk disk;
  private final WritableStorage storage;
  private final long dataOffset;
  private final boolean zerosNeedNoWriting;
  private long written;

  StaticVdiWriter(NewDisk disk) {
    this.disk = disk;
    this.storage = disk.storage();
    this.dataOffset = disk.header().dataOffset();
    this.zerosNeedNoWriting = storage.readsZeroWhereUnwritten();
  }

  @Override
  public int blockSize() {
    return VdiFormat.SECTOR_SIZE;
  }

  @Override
  public int granularity() {
    return VdiFormat.SECTOR_SIZE;
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    written = chunk.offset() + chunk.length();
    return chunk.placed(storage, dataOffset, zerosNeedNoWriting);
  }

  @Override
  public void finish() throws IOException {
    long blocks = disk.header().blocks();
    long end = dataOffset + blocks * disk.blockSize();
    if (!zerosNeedNoWriting) {
      storage.zero(dataOffset + written, end - (dataOffset + written));
    }
    storage.truncate(end);
    NewBlockTable table = disk.newTable();
    List<Placement.Write> parts = new ArrayList<>(1);
    for (long block = 0; block < blocks; block++) {
      table.set(block, (int) block, parts);
      for (Placement.Write part : parts) {
        storage.write(part.hostOffset(), part.bytes());
      }
      parts.clear();
    }
    table.finish();
    storage.write(0, disk.header().withAllocated(blocks).toBytes());
  }

  @Override
  public void close() {}
}
