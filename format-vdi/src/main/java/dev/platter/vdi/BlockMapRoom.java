package dev.platter.vdi;

import dev.platter.image.support.StoredBlocks;
import dev.platter.image.support.TableEditor;
import dev.platter.storage.WritableStorage;
import java.io.IOException;

/**
 * Makes room for a larger block map. The map stands in front of the data, and its entries count
 * from where the data begins; so the data is to begin some blocks later, and a new map is written
 * beside the old one: the header then changes from one to the other in a single write.
 *
 * @param tableOffset where the new block map will stand
 * @param dataOffset where the data will begin
 * @param blocks by how many blocks that is later
 */
record BlockMapRoom(long tableOffset, long dataOffset, long blocks) {
  private static final int SECTOR_SIZE = VdiFormat.SECTOR_SIZE;

  /** Where a block map of that many entries can be written without touching the present one. */
  static BlockMapRoom of(VdiHead head, long entries) {
    VdiHeader header = head.header();
    long length = entries * Integer.BYTES;
    long oldEnd = header.tableOffset() + head.tableLength();
    long table =
        VdiHeader.LENGTH + length <= header.tableOffset()
            ? VdiHeader.LENGTH
            : Math.ceilDiv(oldEnd, SECTOR_SIZE) * SECTOR_SIZE;
    long lacking = Math.max(0, table + length - header.dataOffset());
    long blocks = Math.ceilDiv(lacking, head.blockStride());
    return new BlockMapRoom(table, header.dataOffset() + blocks * head.blockStride(), blocks);
  }

  /** How many blocks of the file the header must count before {@link #clear}. */
  long countWhileMoving(long allocated) {
    return Math.max(allocated, blocks) + Math.min(allocated, blocks);
  }

  /**
   * Moves the blocks away that lie where the map will be, and has the present map say so.
   *
   * @param allocated how many blocks the file has; they are the first ones
   */
  void clear(WritableStorage storage, VdiHead head, long allocated) throws IOException {
    long data = head.header().dataOffset();
    long stride = head.blockStride();
    long[] next = {Math.max(allocated, blocks)};
    try (StoredBlocks stored = new StoredBlocks(storage)) {
      new TableEditor(storage, head.header().tableOffset())
          .update(
              head.blocks(),
              (block, entry) -> {
                long number = Integer.toUnsignedLong(entry);
                if (!BlockTable.isAllocated(entry) || number >= blocks) {
                  return entry;
                }
                stored.copy(data + number * stride, data + next[0] * stride, stride);
                return (int) next[0]++;
              });
    }
  }

  /** Writes the new map, whose entries count from the new beginning of the data. */
  void writeTable(WritableStorage storage, VdiHead head) throws IOException {
    new TableEditor(storage, head.header().tableOffset())
        .copyTo(
            tableOffset,
            head.blocks(),
            (block, entry) -> BlockTable.isAllocated(entry) ? (int) (entry - blocks) : entry);
  }
}
