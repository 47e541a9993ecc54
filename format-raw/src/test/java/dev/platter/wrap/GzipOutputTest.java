package dev.platter.wrap;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipOutputTest {
  private static final int MEMBER = GzipOutput.MEMBER_BYTES;

  /** Six members: of zeros, of zeros and a byte, random, text, of zeros, and a part of one. */
  private static byte[] disk() {
    byte[] disk = new byte[5 * MEMBER + 12_345];
    disk[2 * MEMBER - 1] = 1;
    byte[] random = new byte[MEMBER];
    new Random(8).nextBytes(random);
    System.arraycopy(random, 0, disk, 2 * MEMBER, MEMBER);
    for (int i = 3 * MEMBER; i < 4 * MEMBER; i++) {
      disk[i] = (byte) ("a few words " + i / 1000).charAt(i % 14);
    }
    return disk;
  }

  private static byte[] packed(byte[] bytes, int level, int threads, int step) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GzipOutput(out, level, threads)) {
      for (int at = 0; at < bytes.length; at += step) {
        gzip.write(bytes, at, Math.min(step, bytes.length - at));
      }
    }
    return out.toByteArray();
  }

  @Test
  void whateverMakesItItIsTheSameFileAndHasTheSameBytes() throws IOException {
    byte[] disk = disk();
    for (int level : new int[] {1, 6, 9}) {
      byte[] once = packed(disk, level, 1, disk.length);
      for (int threads : new int[] {2, 3, 8}) {
        assertArrayEquals(once, packed(disk, level, threads, 100_003));
      }
      try (InputStream java = new GZIPInputStream(new ByteArrayInputStream(once));
          InputStream own = new GzipStream(new ByteArrayInputStream(once))) {
        assertArrayEquals(disk, java.readAllBytes());
        assertArrayEquals(disk, own.readAllBytes());
      }
      assertTrue(once.length < 2 * MEMBER, "length " + once.length);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, MEMBER - 1, MEMBER, MEMBER + 1, 2 * MEMBER})
  void anySizeIsOneOrMoreMembers(int size) throws IOException {
    byte[] bytes = Arrays.copyOfRange(disk(), MEMBER, MEMBER + size);
    byte[] packed = packed(bytes, 6, 2, MEMBER);
    try (InputStream gzip = new GZIPInputStream(new ByteArrayInputStream(packed))) {
      assertArrayEquals(bytes, gzip.readAllBytes());
    }
  }

  /** What cannot be written is an error, and nothing follows it. */
  @Test
  void aTargetThatIsFullEndsIt() throws IOException {
    int[] written = {0};
    boolean[] closed = {false};
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int value) throws IOException {
            throw new IOException("unexpected");
          }

          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            if (written[0]++ == 2) {
              throw new IOException("no space");
            }
          }

          @Override
          public void close() {
            closed[0] = true;
          }
        };
    OutputStream gzip = new GzipOutput(full, 6, 2);
    byte[] disk = disk();
    IOException error =
        assertThrows(
            IOException.class,
            () -> {
              for (int i = 0; i < 5; i++) {
                gzip.write(disk);
              }
            });
    assertEquals("no space", error.getMessage());
    gzip.close();
    assertEquals(3, written[0]);
    assertTrue(closed[0]);
    assertThrows(IOException.class, () -> gzip.write(1));
  }
}
