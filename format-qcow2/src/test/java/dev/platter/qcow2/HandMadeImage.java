package dev.platter.qcow2;

import dev.platter.image.DiskImage;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.Entries;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A small image laid out by hand, number by number, so that tests can say anything in it. Cluster 0
 * is the header, 1 the refcount table, 2 the only refcount block, 3 the L1 table, 4 the first L2
 * table, 5 and up data; every cluster is referred to once, as far as one refcount block reaches.
 * Data cluster n is filled with n.
 */
final class HandMadeImage {
  static final int REFTABLE = 1;
  static final int REFBLOCK = 2;
  static final int L1 = 3;
  static final int L2 = 4;

  private final int clusterSize;
  private ByteBuffer file;

  /** A disk of {@code size} bytes with all clusters up to {@code clusters} in the file. */
  HandMadeImage(int version, int clusterBits, long size, int clusters) {
    this.clusterSize = 1 << clusterBits;
    this.file = ByteBuffer.allocate(clusters << clusterBits);
    long span = (long) clusterSize / 8 * clusterSize;
    number(0, 4, 0x514649fb);
    number(4, 4, version);
    number(20, 4, clusterBits);
    number(24, 8, size);
    number(36, 4, (size + span - 1) / span);
    number(40, 8, at(L1));
    number(48, 8, at(REFTABLE));
    number(56, 4, 1);
    if (version >= 3) {
      number(96, 4, 4);
      number(100, 4, 104);
    }
    number(at(REFTABLE), 8, at(REFBLOCK));
    for (int i = 0; i < clusters; i++) {
      if (i < clusterSize / 2) {
        number(at(REFBLOCK) + 2L * i, 2, 1);
      }
      if (i > L2) {
        Arrays.fill(file.array(), (int) at(i), (int) at(i + 1), (byte) i);
      }
    }
    number(at(L1), 8, at(L2) | Entries.COPIED);
  }

  /** Version 3, clusters of 512 bytes, a disk of one L2 table's span: 64 clusters, 32 KiB. */
  static HandMadeImage small() {
    return new HandMadeImage(3, 9, 64 * 512, 16);
  }

  /** Where a host cluster begins. */
  long at(long cluster) {
    return cluster * clusterSize;
  }

  /** Overwrites a big-endian number of some bytes. */
  HandMadeImage number(long offset, int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      file.put((int) offset + i, (byte) (value >>> 8 * (bytes - 1 - i)));
    }
    return this;
  }

  /** Sets a word of the first L2 table. */
  HandMadeImage l2(int index, long word) {
    return number(at(L2) + 8L * index, 8, word);
  }

  /** Sets an L2 entry to a data cluster with refcount one. */
  HandMadeImage data(int index, int hostCluster) {
    return l2(index, at(hostCluster) | Entries.COPIED);
  }

  /** Sets the refcount of a cluster. */
  HandMadeImage refcount(int cluster, int count) {
    return number(at(REFBLOCK) + 2L * cluster, 2, count);
  }

  HandMadeImage bytes(long offset, byte[] bytes) {
    file.put((int) offset, bytes);
    return this;
  }

  HandMadeImage text(long offset, String text) {
    return bytes(offset, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Cuts or extends the file. */
  HandMadeImage cut(int length) {
    file = ByteBuffer.wrap(Arrays.copyOf(file.array(), length));
    return this;
  }

  MemoryStorage storage() {
    return MemoryStorage.of("a.img", file.array());
  }

  DiskImage open() throws IOException {
    return open(OpenRequest.strict());
  }

  DiskImage open(OpenRequest request) throws IOException {
    ImageFormat format = new Qcow2Format();
    return format.open(storage(), request);
  }
}
