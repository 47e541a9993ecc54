package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.Limits;
import dev.platter.qcow2.format.BitmapEntry;
import dev.platter.qcow2.format.HeaderExtension;
import dev.platter.qcow2.format.ImageHead;
import dev.platter.qcow2.format.Qcow2Header;
import dev.platter.qcow2.format.StoredBitmap;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Bitmaps made by hand, at the edges of words, pieces and clusters. */
class StoredBitmapTest {
  private static final int CLUSTER_BITS = 17;
  private static final long CLUSTER = 1L << CLUSTER_BITS;
  private static final long TABLE = 3 * CLUSTER;
  private static final long BITS = 4 * CLUSTER;
  private static final long CLUSTER_COVERS = CLUSTER * 8 * 512;

  private final MemoryStorage storage = new MemoryStorage("bitmaps");

  private void number(long offset, int bytes, long value) throws IOException {
    byte[] stored = new byte[bytes];
    for (int i = 0; i < bytes; i++) {
      stored[i] = (byte) (value >>> 8 * (bytes - 1 - i));
    }
    storage.write(offset, MemorySegment.ofArray(stored));
  }

  /** One bitmap of granularity 512, its directory in the third cluster. */
  private void image(long size, long... table) throws IOException {
    storage.truncate(BITS + CLUSTER);
    number(0, 4, 0x514649fb);
    number(4, 4, 3);
    number(20, 4, CLUSTER_BITS);
    number(24, 8, size);
    number(36, 4, size / (CLUSTER * CLUSTER / 8) + 1);
    number(40, 8, CLUSTER);
    number(48, 8, CLUSTER);
    number(56, 4, 1);
    number(88, 8, Qcow2Header.AUTOCLEAR_BITMAPS);
    number(96, 4, 4);
    number(100, 4, 104);
    number(104, 4, HeaderExtension.BITMAPS);
    number(108, 4, 24);
    number(112, 4, 1);
    number(120, 8, 32);
    number(128, 8, 2 * CLUSTER);
    number(2 * CLUSTER, 8, TABLE);
    number(2 * CLUSTER + 8, 4, table.length);
    number(2 * CLUSTER + 12, 4, BitmapEntry.FLAG_AUTO);
    number(2 * CLUSTER + 16, 1, 1);
    number(2 * CLUSTER + 17, 1, 9);
    number(2 * CLUSTER + 18, 2, 1);
    number(2 * CLUSTER + 24, 1, 'b');
    for (int i = 0; i < table.length; i++) {
      number(TABLE + 8L * i, 8, table[i]);
    }
  }

  private List<DirtyBitmap> bitmaps() throws IOException {
    return StoredBitmap.all(storage, ImageHead.read(storage, Limits.DEFAULT));
  }

  private void mark(long bit) throws IOException {
    MemorySegment one = MemorySegment.ofArray(new byte[1]);
    storage.readFully(BITS + bit / 8, one);
    number(BITS + bit / 8, 1, one.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0) | 1 << bit % 8);
  }

  @Test
  void runsEndWhereBitsChangeWhereverThatIs() throws IOException {
    long size = 2 * CLUSTER_COVERS + 700;
    image(size, 1, BITS, 1);
    // The first two go on from the cluster of ones; pieces are of 2^19 bits.
    for (long bit : new long[] {0, 1, 63, 64, 127, (1 << 19) - 1, 1 << 19, (1 << 20) - 1}) {
      mark(bit);
    }
    DirtyBitmap bitmap = bitmaps().getFirst();
    assertEquals(512, bitmap.granularity());
    StringBuilder runs = new StringBuilder();
    for (long at = 0; at < size; ) {
      DirtyBitmap.Run run = bitmap.runAt(at, size);
      runs.append(run.isDirty() ? '+' : '-').append(run.end() - CLUSTER_COVERS).append(' ');
      assertTrue(run.end() > at);
      at = run.end();
    }
    long second = 512L << 20;
    assertEquals(
        "+1024 -32256 +33280 -65024 +65536 -%d +%d -%d +%d "
            .formatted((512L << 19) - 512, (512L << 19) + 512, second - 512, CLUSTER_COVERS + 700),
        runs.toString());
    assertEquals(
        new DirtyBitmap.Run(CLUSTER_COVERS + 100, true),
        bitmap.runAt(CLUSTER_COVERS + 7, CLUSTER_COVERS + 100));
    assertEquals(
        new DirtyBitmap.Run(CLUSTER_COVERS + 1024, true),
        bitmap.runAt(CLUSTER_COVERS + 600, CLUSTER_COVERS + 1500));
  }

  @Test
  void bitmapsThatAreInUseOrNotUnderstoodAreNotOffered() throws IOException {
    image(1 << 20, 0);
    assertEquals(1, bitmaps().size());
    number(2 * CLUSTER + 12, 4, BitmapEntry.FLAG_AUTO | BitmapEntry.FLAG_IN_USE);
    assertEquals(List.of(), bitmaps());
    number(2 * CLUSTER + 12, 4, BitmapEntry.FLAG_AUTO);
    number(120, 8, 40);
    number(2 * CLUSTER + 20, 4, 8);
    number(2 * CLUSTER + 32, 1, 'b');
    assertEquals(List.of(), bitmaps());
    number(2 * CLUSTER + 12, 4, BitmapEntry.FLAG_EXTRA_DATA_COMPATIBLE);
    assertEquals("b", bitmaps().getFirst().name());
    number(88, 8, 0);
    assertEquals(List.of(), bitmaps());
  }

  @Test
  void tablesThatCannotBeAreRefused() throws IOException {
    image(1 << 20, 0, 0);
    assertThrows(CorruptImageException.class, this::bitmaps);
    for (long entry : new long[] {BITS + 512, BITS | 1, 2, 1L << 63}) {
      image(1 << 20, entry);
      DirtyBitmap bitmap = bitmaps().getFirst();
      assertThrows(
          CorruptImageException.class, () -> bitmap.runAt(0, 512), Long.toHexString(entry));
    }
    image(1 << 20, BITS + (CLUSTER << 10));
    DirtyBitmap bitmap = bitmaps().getFirst();
    assertThrows(IOException.class, () -> bitmap.runAt(0, 512));
  }

  @Test
  void anAnswerLooksAtSoManyEntriesAtTheMost() throws IOException {
    int entries = (1 << 16) + 5;
    long[] table = new long[entries];
    image(CLUSTER_COVERS * entries, table);
    long size = CLUSTER_COVERS * entries;
    DirtyBitmap bitmap = bitmaps().getFirst();
    assertEquals(new DirtyBitmap.Run(CLUSTER_COVERS << 16, false), bitmap.runAt(0, size));
    assertEquals(new DirtyBitmap.Run(size, false), bitmap.runAt(CLUSTER_COVERS << 16, size));
  }
}
