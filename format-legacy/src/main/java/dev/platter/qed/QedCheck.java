package dev.platter.qed;

import dev.platter.image.CheckReport;
import dev.platter.image.Fault;
import dev.platter.image.Limits;
import dev.platter.storage.Storage;
import dev.platter.storage.Table;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Goes through all tables once: entries that point nowhere or to what belongs to another are
 * corruptions, clusters of the file that nothing points to are leaks.
 */
final class QedCheck {
  private final QedHeader header;
  private final long fileSize;
  private final long fileClusters;
  private final Table file;
  private final BitSet used;
  private final List<String> messages = new ArrayList<>();
  private long allocated;
  private long fragmented;
  private long corruptions;

  QedCheck(QedHeader header, Storage storage, Limits limits) throws IOException {
    this.header = header;
    this.fileSize = storage.size();
    this.fileClusters = fileSize / header.clusterSize();
    if (fileClusters / Byte.SIZE > limits.maxTableBytes()
        || fileClusters > Integer.MAX_VALUE - 64) {
      throw Fault.in(QedFormat.NAME, storage.name())
          .unsupported("a file of " + fileClusters + " clusters is too large to be checked");
    }
    this.file = storage.table(0, fileSize);
    this.used = new BitSet((int) fileClusters);
  }

  CheckReport run() throws IOException {
    use("the header", 0, header.headerBytes());
    use("the L1 table", header.l1Offset(), header.tableBytes());
    for (long i = 0; i < header.tableEntries(); i++) {
      long at = header.l1Offset() + i * Long.BYTES;
      long l2Offset = file.longAt(at, ByteOrder.LITTLE_ENDIAN);
      if (l2Offset == 0) {
        continue;
      }
      if (!header.isPlaceOf(l2Offset, header.tableBytes(), fileSize)) {
        corruption("L1 entry at 0x%x has an L2 table at 0x%x, which cannot be", at, l2Offset);
      } else if (use("the L2 table", l2Offset, header.tableBytes())) {
        checkTable(l2Offset);
      }
    }
    long leaks = fileClusters - used.cardinality();
    for (int at = used.nextClearBit(0); at < fileClusters; at = used.nextClearBit(at + 1)) {
      if (!tell("Leaked cluster at 0x%x".formatted((long) at * header.clusterSize()))) {
        break;
      }
    }
    return new CheckReport(
        0, header.clusters(), allocated, fragmented, 0, corruptions, leaks, 0, messages);
  }

  private void checkTable(long l2Offset) throws IOException {
    long last = 0;
    for (long i = 0; i < header.tableEntries(); i++) {
      long at = l2Offset + i * Long.BYTES;
      long offset = file.longAt(at, ByteOrder.LITTLE_ENDIAN);
      if (offset == 0 || offset == QedMap.ZERO) {
        continue;
      }
      allocated++;
      if (last != 0 && offset != last + header.clusterSize()) {
        fragmented++;
      }
      last = offset;
      if (!header.isPlaceOf(offset, 1, fileSize)) {
        corruption("L2 entry at 0x%x has a cluster at 0x%x, which cannot be", at, offset);
      } else {
        use("a cluster", offset, header.clusterSize());
      }
    }
  }

  /** Notes what is used; false if it was already. */
  private boolean use(String what, long offset, long length) {
    int first = (int) (offset / header.clusterSize());
    int past = (int) Math.min(fileClusters, (offset + length) / header.clusterSize());
    boolean free = true;
    for (int i = first; i < past; i++) {
      if (used.get(i)) {
        free = false;
        corruption(
            "%s at 0x%x belongs to something else, too", what, (long) i * header.clusterSize());
      }
      used.set(i);
    }
    return free;
  }

  private void corruption(String words, Object... values) {
    corruptions++;
    tell("ERROR: " + words.formatted(values));
  }

  private boolean tell(String message) {
    if (messages.size() < CheckReport.MAX_MESSAGES) {
      messages.add(message);
      return true;
    }
    return false;
  }
}
