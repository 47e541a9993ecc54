package dev.platter.benchmarks.race;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * Makes a qcow2 image of which only the tables are there: every tenth cluster of 64 KiB has a place
 * in the file, which is a hole. The tables are those of a disk of a tenth as much data, and cost
 * what those cost to whoever checks, maps or measures the disk.
 */
final class MappedTables {
  private static final int MAGIC = 0x514649fb;
  private static final int CLUSTER_BITS = 16;
  private static final int CLUSTER = 1 << CLUSTER_BITS;
  private static final int ENTRIES = CLUSTER / Long.BYTES;
  private static final int MAPPED = ENTRIES / 10;
  private static final int COUNTED_BY_BLOCK = CLUSTER / Short.BYTES;
  private static final int REFCOUNT_ORDER = 4;
  private static final int HEADER_LENGTH = 104;
  private static final long COPIED = 1L << 63;

  private MappedTables() {}

  /** Writes the image of a disk of {@code size} bytes, a multiple of what an L2 table maps. */
  static void write(Path path, long size) throws IOException {
    int tables = Math.toIntExact(size >> CLUSTER_BITS) / ENTRIES;
    long data = (long) tables * MAPPED;
    long blocks = 1;
    while (blocks * COUNTED_BY_BLOCK < 3 + blocks + tables + data) {
      blocks++;
    }
    // The header, the refcount table, its blocks, the L1 table, the L2 tables, the data.
    long l1 = 2 + blocks;
    long firstData = l1 + 1 + tables;
    long clusters = firstData + data;
    try (FileChannel file = FileChannel.open(path, CREATE_NEW, WRITE)) {
      ByteBuffer header = ByteBuffer.allocate(HEADER_LENGTH);
      header.putInt(MAGIC).putInt(3).putLong(0).putInt(0).putInt(CLUSTER_BITS).putLong(size);
      header.putInt(0).putInt(tables).putLong(l1 << CLUSTER_BITS);
      header.putLong(CLUSTER).putInt(1).putInt(0).putLong(0);
      header.putLong(0).putLong(0).putLong(0).putInt(REFCOUNT_ORDER).putInt(HEADER_LENGTH);
      file.write(header.flip(), 0);
      ByteBuffer refcountTable = ByteBuffer.allocate(CLUSTER);
      for (int i = 0; i < blocks; i++) {
        refcountTable.putLong((2L + i) << CLUSTER_BITS);
        ByteBuffer block = ByteBuffer.allocate(CLUSTER);
        long counted = Math.min(COUNTED_BY_BLOCK, clusters - (long) i * COUNTED_BY_BLOCK);
        for (int j = 0; j < counted; j++) {
          block.putShort((short) 1);
        }
        file.write(block.rewind(), (2L + i) << CLUSTER_BITS);
      }
      file.write(refcountTable.rewind(), CLUSTER);
      ByteBuffer l1Table = ByteBuffer.allocate(CLUSTER);
      for (int i = 0; i < tables; i++) {
        l1Table.putLong(COPIED | (l1 + 1 + i) << CLUSTER_BITS);
        ByteBuffer table = ByteBuffer.allocate(CLUSTER);
        for (int j = 0; j < MAPPED; j++) {
          long place = firstData + (long) i * MAPPED + j;
          table.putLong(j * 10 * Long.BYTES, COPIED | place << CLUSTER_BITS);
        }
        file.write(table.rewind(), (l1 + 1 + i) << CLUSTER_BITS);
      }
      file.write(l1Table.rewind(), l1 << CLUSTER_BITS);
      file.write(ByteBuffer.allocate(1), (clusters << CLUSTER_BITS) - 1);
    }
  }
}
