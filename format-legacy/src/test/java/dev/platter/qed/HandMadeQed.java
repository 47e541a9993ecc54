package dev.platter.qed;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Builds images byte by byte, sharing no code with the format under test: header, L1 table, all L2
 * tables, clusters in turn. What a test wants wrong it sets in the bytes.
 */
final class HandMadeQed {
  final int clusterSize;
  final int tableBytes;
  final int l2At;
  final int dataAt;
  private final byte[] content;
  private final int tables;

  HandMadeQed(byte[] content, int clusterSize, int tableClusters) {
    this.content = content;
    this.clusterSize = clusterSize;
    tableBytes = tableClusters * clusterSize;
    tables = Math.ceilDiv(Math.ceilDiv(content.length, clusterSize), tableBytes / 8);
    l2At = clusterSize + tableBytes;
    dataAt = l2At + tables * tableBytes;
  }

  /** Clusters of zeros are left out, every other one of them as one that says so. */
  byte[] build() {
    int count = Math.ceilDiv(content.length, clusterSize);
    ByteBuffer file =
        ByteBuffer.allocate(dataAt + count * clusterSize).order(ByteOrder.LITTLE_ENDIAN);
    file.putInt(0, 0x00444551).putInt(4, clusterSize).putInt(8, tableBytes / clusterSize);
    file.putInt(12, 1).putLong(40, clusterSize).putLong(48, content.length);
    for (int i = 0; i < tables; i++) {
      file.putLong(clusterSize + 8 * i, l2At + i * tableBytes);
    }
    int end = dataAt;
    for (int i = 0; i < count; i++) {
      byte[] cluster =
          Arrays.copyOfRange(
              content, i * clusterSize, Math.min(content.length, (i + 1) * clusterSize));
      if (Arrays.equals(cluster, new byte[cluster.length])) {
        file.putLong(l2At + 8 * i, i % 2);
      } else {
        file.putLong(l2At + 8 * i, end);
        file.put(end, cluster);
        end += clusterSize;
      }
    }
    return Arrays.copyOf(file.array(), end);
  }
}
