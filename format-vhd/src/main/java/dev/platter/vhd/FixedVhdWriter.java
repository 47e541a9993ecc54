package dev.platter.vhd;

import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Placement;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.OptionalLong;

/** Writes a fixed disk: every byte where the guest has it, and the footer behind the last one. */
final class FixedVhdWriter implements ImageWriter {
  private final WritableStorage storage;
  private final long written;
  private final NewDisk disk;
  private final VhdFooter footer;
  private final boolean azure;
  private final boolean sequential;
  private final boolean zerosNeedNoWriting;

  FixedVhdWriter(CreateRequest request, NewDisk disk, boolean azure) {
    this.azure = azure;
    this.storage = request.target().storage();
    this.written = request.size();
    this.disk = disk;
    this.footer = disk.footer(request, VhdFooter.FIXED, VhdFooter.NO_OFFSET);
    this.sequential = request.target().sequential();
    this.zerosNeedNoWriting = sequential || storage.readsZeroWhereUnwritten();
  }

  @Override
  public int blockSize() {
    return VhdFormat.SECTOR_SIZE;
  }

  @Override
  public int granularity() {
    return VhdFormat.SECTOR_SIZE;
  }

  @Override
  public boolean sparseData() {
    return true;
  }

  @Override
  public OptionalLong knownLength() {
    return OptionalLong.of(disk.size() + VhdFooter.LENGTH);
  }

  @Override
  public List<Placement> reserve(Chunk chunk) {
    return chunk.placed(storage, 0, zerosNeedNoWriting);
  }

  @Override
  public List<String> notes() {
    long padding = disk.size() - written;
    return azure && padding > 0
        ? List.of(
            "the disk was padded with "
                + padding
                + " zero bytes to "
                + disk.size()
                + " bytes, which are whole MiB as Azure wants them")
        : List.of();
  }

  @Override
  public void finish() throws IOException {
    if (!zerosNeedNoWriting) {
      storage.zero(written, disk.size() - written);
    }
    MemorySegment bytes = MemorySegment.ofArray(new byte[VhdFooter.LENGTH]);
    footer.writeTo(bytes);
    storage.write(disk.size(), bytes);
    if (!sequential) {
      storage.truncate(disk.size() + VhdFooter.LENGTH);
    }
  }

  @Override
  public void close() {}
}
