package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.platter.image.CorruptImageException;
import dev.platter.image.Extent;
import dev.platter.image.Preallocation;
import dev.platter.image.Repair;
import dev.platter.image.RepairReport;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ZeroDisk;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Damage of every kind that {@link VhdxCheck} knows, put right; and growth over a parent. */
class VhdxRepairTest {
  private static final VhdxFormat FORMAT = new VhdxFormat();
  private static final int MIB = HandMadeVhdx.MIB;
  private static final int BLOCKS = 4;

  private final byte[] content = VhdxReadTest.random(BLOCKS * MIB, 1);

  private HandMadeVhdx disk() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("disk", content.length);
    for (int i = 0; i < BLOCKS; i++) {
      vhdx.block(i, 6, Arrays.copyOfRange(content, i * MIB, (i + 1) * MIB));
    }
    return vhdx;
  }

  private static RepairReport repair(MemoryStorage storage, Repair extent) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      return editor.repair(extent);
    }
  }

  private static void resize(MemoryStorage storage, ResizeRequest request) throws IOException {
    try (ImageEditor editor = FORMAT.edit(storage, EditRequest.strict())) {
      editor.resize(request);
    }
  }

  private static byte[] read(MemoryStorage storage) throws IOException {
    return VhdxReadTest.content(VhdxReadTest.open(storage).map());
  }

  private static void assertRepaired(RepairReport report, int corruptions, int leaks) {
    assertEquals(corruptions, report.corruptionsFixed(), report.toString());
    assertEquals(leaks, report.leaksFixed(), report.toString());
    assertEquals(0, report.after().corruptions() + report.after().leaks(), report.toString());
  }

  @ParameterizedTest
  @ValueSource(longs = {0x10000, 0x20000, 0x30000, 0x40000})
  void aDamagedCopyIsMadeWhole(long at) throws IOException {
    MemoryStorage storage = disk().build();
    storage.write(at + 20, MemorySegment.ofArray(new byte[] {99}));
    assertRepaired(repair(storage, Repair.ALL), 1, 0);
    assertArrayEquals(content, read(storage));
  }

  @Test
  void aLogThatWaitsIsPlayedBackInTheFile() throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.logCounts = true;
    MemoryStorage storage = vhdx.build();
    byte[] sector = new byte[4096];
    sector[0] = 2;
    new HandMadeLog(1, 0, storage)
        .data(HandMadeVhdx.BAT, sector)
        .zero(6L * MIB, MIB)
        .writeTo(storage, 0);
    byte[] replayed = read(storage);
    assertRepaired(repair(storage, Repair.LEAKS), 0, 1);
    assertArrayEquals(replayed, read(storage));
    assertEquals(false, VhdxReadTest.open(storage).info().more().get("log-dirty"));
  }

  @Test
  void blocksInTheSamePlaceGetOneForEach() throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.state(2, 6, 5L * MIB);
    MemoryStorage storage = vhdx.build();
    byte[] before = read(storage);
    assertRepaired(repair(storage, Repair.ALL), 1, 0);
    assertArrayEquals(before, read(storage));
  }

  @Test
  void aBlockThatCannotBeThereIsGivenUpAndOneInTheWrongStateKept() throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.state(0, 7, 4L * MIB);
    vhdx.state(1, 6, 1L << 40);
    vhdx.state(2, 4, 0);
    vhdx.state(3, 6, (long) MIB);
    MemoryStorage storage = vhdx.build();
    assertRepaired(repair(storage, Repair.ALL), 4, 0);
    Arrays.fill(content, MIB, 4 * MIB, (byte) 0);
    assertArrayEquals(content, read(storage));
  }

  @Test
  void placesOfBlocksBehindTheDiskAreLeaks() throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.size = 2L * MIB;
    MemoryStorage storage = vhdx.build();
    assertRepaired(repair(storage, Repair.LEAKS), 0, 2);
    resize(storage, new ResizeRequest(4L * MIB));
    Arrays.fill(content, 2 * MIB, 4 * MIB, (byte) 0);
    assertArrayEquals(content, read(storage));
  }

  @Test
  void aDamagedImageIsRepairedBeforeItIsResized() throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.state(2, 6, 5L * MIB);
    MemoryStorage storage = vhdx.build();
    byte[] before = storage.toByteArray();
    assertThrows(CorruptImageException.class, () -> resize(storage, new ResizeRequest(8L * MIB)));
    assertArrayEquals(before, storage.toByteArray());
  }

  @Test
  void childrenSeeThatTheirParentHasAnotherSize() throws IOException {
    MemoryStorage storage = disk().build();
    Object before = VhdxReadTest.open(storage).info().more().get("data-write-id");
    resize(storage, new ResizeRequest(8L * MIB));
    assertNotEquals(before, VhdxReadTest.open(storage).info().more().get("data-write-id"));
  }

  /** The last block of the child: absent, partly there, zero, and wholly there. */
  @ParameterizedTest
  @ValueSource(ints = {0, 7, 2, 6})
  void whatIsNewHidesTheParent(int state) throws IOException {
    int size = MIB + 512 * 77;
    HandMadeVhdx vhdx = new HandMadeVhdx("child", size);
    vhdx.hasParent = true;
    vhdx.locator.put("parent_linkage", "{" + vhdx.dataWriteId + "}");
    vhdx.locator.put("relative_path", "parent.vhdx");
    byte[] expected = new byte[6 * MIB];
    System.arraycopy(content, 0, expected, 0, size);
    byte[] block = VhdxReadTest.random(MIB, 2);
    if (state == 6 || state == 7) {
      vhdx.block(1, state, block);
      int there = state == 6 ? 512 * 77 : 512 * 8;
      System.arraycopy(block, 0, expected, MIB, there);
    } else if (state == 2) {
      vhdx.state(1, 2, 0);
      Arrays.fill(expected, MIB, size, (byte) 0);
    }
    if (state == 7) {
      byte[] bits = new byte[MIB];
      bits[256] = (byte) 0xFF;
      vhdx.bitmap(0, bits);
    }
    MemoryStorage storage = vhdx.build();
    resize(
        storage,
        new ResizeRequest(6L * MIB, Preallocation.OFF, Optional.of(new ZeroDisk(content.length))));
    MemoryStorage parent = disk().build();
    LayeredMap chain =
        new LayeredMap(List.of(VhdxReadTest.open(storage).map(), VhdxReadTest.open(parent).map()));
    assertArrayEquals(expected, VhdxReadTest.content(chain));
    assertEquals(0, VhdxReadTest.open(storage).check().orElseThrow().corruptions());
  }

  @Test
  void overAParentABitmapIsKeptWhenTheTableGrows() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("child", 2 * MIB);
    vhdx.hasParent = true;
    vhdx.locator.put("parent_linkage", "{" + vhdx.dataWriteId + "}");
    vhdx.locator.put("relative_path", "parent.vhdx");
    byte[] bits = new byte[MIB];
    bits[0] = 1;
    vhdx.block(0, 7, content);
    vhdx.bitmap(0, bits);
    MemoryStorage storage = vhdx.build();
    resize(
        storage,
        new ResizeRequest(200L << 30, Preallocation.OFF, Optional.of(new ZeroDisk(100L << 30))));
    assertEquals(
        new Extent.Absent(512, MIB - 512), VhdxReadTest.open(storage).map().extentAt(512, MIB));
    assertEquals(
        Extent.Zero.class,
        VhdxReadTest.open(storage).map().extentAt(50L << 30, 60L << 30).getClass());
    assertEquals(0, VhdxReadTest.open(storage).check().orElseThrow().corruptions());
  }

  @ParameterizedTest
  @EnumSource(
      value = Preallocation.class,
      names = {"FALLOC", "FULL"})
  void whatIsNewInAFixedDiskTakesItsSpaceWhereAskedFor(Preallocation mode) throws IOException {
    HandMadeVhdx vhdx = disk();
    vhdx.leaveAllocated = true;
    MemoryStorage storage = vhdx.build();
    long before = storage.allocatedSize();
    resize(storage, new ResizeRequest(20L * MIB, mode, Optional.empty()));
    assertEquals(16L * MIB, storage.allocatedSize() - before, 1 << 18);
    assertArrayEquals(Arrays.copyOf(content, 20 * MIB), read(storage));
  }
}
