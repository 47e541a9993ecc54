package dev.platter.cloop;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/** Builds images of cloop, sharing no code with the format under test. */
final class HandMadeCloop {
  static final int TABLE_AT = 136;

  /** As cloop's own tools write it; QEMU looks at all of it. */
  private static final String SCRIPT =
      """
      #!/bin/sh
      #V2.0 Format
      modprobe cloop file=$0 && mount -r -t iso9660 /dev/cloop $1
      """;

  private HandMadeCloop() {}

  /**
   * @param content whole blocks
   */
  static byte[] of(byte[] content, int blockSize, int level) {
    int blocks = content.length / blockSize;
    ByteBuffer head = ByteBuffer.allocate(TABLE_AT + 8 * (blocks + 1));
    head.put(0, SCRIPT.getBytes(StandardCharsets.US_ASCII));
    head.putInt(128, blockSize).putInt(132, blocks);
    ByteArrayOutputStream streams = new ByteArrayOutputStream();
    for (int i = 0; i < blocks; i++) {
      head.putLong(TABLE_AT + 8 * i, head.capacity() + streams.size());
      Deflater deflater = new Deflater(level);
      try (DeflaterOutputStream out = new DeflaterOutputStream(streams, deflater)) {
        out.write(Arrays.copyOfRange(content, i * blockSize, (i + 1) * blockSize));
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
      deflater.end();
    }
    int end = head.capacity() + streams.size();
    head.putLong(TABLE_AT + 8 * blocks, end);
    byte[] file = Arrays.copyOf(head.array(), end);
    System.arraycopy(streams.toByteArray(), 0, file, head.capacity(), streams.size());
    return file;
  }
}
