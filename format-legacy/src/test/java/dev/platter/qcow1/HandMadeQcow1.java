package dev.platter.qcow1;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Builds images byte by byte, sharing no code with the format under test: the header, the L1 table,
 * all L2 tables, the clusters. What a test wants wrong it sets in the bytes.
 */
final class HandMadeQcow1 {
  static final int L1_AT = 48;

  /** QEMU looks back no further. */
  private static final int QEMU_WINDOW = 4096;

  private final int clusterBits;
  private final int l2Bits;
  private final byte[] content;
  private final List<byte[]> clusters = new ArrayList<>();
  private final long[] entries;
  private int end;

  /**
   * An image of a disk, every third cluster of which is compressed, and of which zeros are left
   * out.
   */
  HandMadeQcow1(byte[] content, int clusterBits, int l2Bits) {
    this.content = content;
    this.clusterBits = clusterBits;
    this.l2Bits = l2Bits;
    int size = 1 << clusterBits;
    int count = Math.ceilDiv(content.length, size);
    entries = new long[Math.ceilDiv(count, 1 << l2Bits) << l2Bits];
    end = l2At() + entries.length * 8;
    for (int i = 0; i < count; i++) {
      byte[] cluster =
          Arrays.copyOfRange(content, i * size, Math.min(content.length, (i + 1) * size));
      if (!Arrays.equals(cluster, new byte[cluster.length])) {
        byte[] whole = Arrays.copyOf(cluster, size);
        byte[] packed = i % 3 == 0 ? deflated(whole) : whole;
        if (packed.length < size) {
          entries[i] = Long.MIN_VALUE | (long) packed.length << 63 - clusterBits | end;
          add(packed);
        } else {
          add(new byte[-end & 511]);
          entries[i] = end;
          add(whole);
        }
      }
    }
  }

  private void add(byte[] bytes) {
    clusters.add(bytes);
    end += bytes.length;
  }

  int l2At() {
    return L1_AT + (entries.length >> l2Bits) * 8;
  }

  private static byte[] deflated(byte[] bytes) {
    try (Deflater deflater = new Deflater(9, true)) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] buffer = new byte[9000];
      for (int at = 0; at < bytes.length; at += QEMU_WINDOW) {
        deflater.setInput(bytes, at, Math.min(QEMU_WINDOW, bytes.length - at));
        out.write(buffer, 0, deflater.deflate(buffer, 0, buffer.length, Deflater.FULL_FLUSH));
      }
      deflater.finish();
      out.write(buffer, 0, deflater.deflate(buffer));
      return out.toByteArray();
    }
  }

  byte[] build() {
    ByteBuffer file = ByteBuffer.allocate(end);
    file.putInt(0, 0x514649fb).putInt(4, 1).putLong(24, content.length);
    file.put(32, (byte) clusterBits).put(33, (byte) l2Bits).putLong(40, L1_AT);
    for (int i = 0; i < entries.length >> l2Bits; i++) {
      file.putLong(L1_AT + 8 * i, l2At() + ((long) i * 8 << l2Bits));
    }
    for (int i = 0; i < entries.length; i++) {
      file.putLong(l2At() + 8 * i, entries[i]);
    }
    file.position(l2At() + entries.length * 8);
    clusters.forEach(file::put);
    return file.array();
  }
}
