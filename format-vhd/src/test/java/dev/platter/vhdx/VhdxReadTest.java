package dev.platter.vhdx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CheckReport;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ImageInfo;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.disk.LayeredMap;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VhdxReadTest {
  private static final int MIB = HandMadeVhdx.MIB;

  static DiskImage open(Storage storage) throws IOException {
    return new VhdxFormat().open(storage, OpenRequest.strict());
  }

  static byte[] content(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    try (GuestReader reader = new GuestReader()) {
      reader.read(map, 0, MemorySegment.ofArray(bytes));
    }
    return bytes;
  }

  static byte[] random(int length, long seed) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Property(tries = 20)
  void everyStateReadsAsItsModel(@ForAll Random random) throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", random.nextInt(1, 5 * MIB / 512) * 512L);
    vhdx.blockSize = MIB << random.nextInt(2);
    vhdx.leaveAllocated = random.nextBoolean();
    byte[] model = new byte[(int) vhdx.size];
    int[] states = {0, 1, 2, 3, 5, 6, 6, 6};
    for (int block = 0; block * (long) vhdx.blockSize < vhdx.size; block++) {
      int state = states[random.nextInt(states.length)];
      byte[] payload = random(vhdx.blockSize, random.nextLong());
      vhdx.block(block, state, payload);
      int at = block * vhdx.blockSize;
      if (state == 6) {
        System.arraycopy(payload, 0, model, at, Math.min(payload.length, model.length - at));
      }
    }
    BlockMap map = open(vhdx.build()).map();
    assertArrayEquals(model, content(map));
    for (int i = 0; i < 20; i++) {
      long from = random.nextLong(map.size());
      long limit = random.nextLong(from + 1, map.size() + 1);
      Extent extent = map.extentAt(from, limit);
      assertEquals(from, extent.offset());
      assertTrue(extent.end() <= limit);
    }
  }

  @Property(tries = 15)
  void chainOfThreeReadsAsItsModel(@ForAll Random random) throws IOException {
    int sectorSize = random.nextBoolean() ? 512 : 4096;
    byte[] model = new byte[random.nextInt(1, 4 * MIB / sectorSize) * sectorSize];
    List<BlockMap> maps = new ArrayList<>();
    DiskImage below = null;
    for (int layer = 0; layer < 3; layer++) {
      HandMadeVhdx vhdx = new HandMadeVhdx("layer" + layer + ".vhdx", model.length);
      vhdx.sectorSize = sectorSize;
      vhdx.blockSize = MIB << random.nextInt(2);
      vhdx.dataWriteId = new UUID(3, layer);
      vhdx.hasParent = layer > 0;
      vhdx.locator.put("parent_linkage", "{" + new UUID(3, layer - 1) + "}");
      vhdx.locator.put("relative_path", ".\\layer" + (layer - 1) + ".vhdx");
      byte[] bits = new byte[MIB];
      int sectors = vhdx.blockSize / sectorSize;
      for (int block = 0; block * (long) vhdx.blockSize < model.length; block++) {
        int start = block * vhdx.blockSize;
        int length = Math.min(vhdx.blockSize, model.length - start);
        int state = new int[] {0, 2, 3, 6, 7, 7, 7}[random.nextInt(layer == 0 ? 4 : 7)];
        byte[] payload = random(vhdx.blockSize, random.nextLong());
        vhdx.block(block, state, payload);
        if (state == 2 || state == 3) {
          Arrays.fill(model, start, start + length, (byte) 0);
        } else if (state == 6) {
          System.arraycopy(payload, 0, model, start, length);
        }
        int density = random.nextInt(9);
        for (int sector = 0; sector < sectors; sector++) {
          boolean set = random.nextInt(8) < density;
          int bit = block * sectors + sector;
          bits[bit / 8] |= (byte) (set ? 1 << bit % 8 : 0);
          int at = sector * sectorSize;
          if (set && state == 7 && at < length) {
            System.arraycopy(payload, at, model, start + at, sectorSize);
          }
        }
      }
      if (layer > 0) {
        vhdx.bitmap(0, bits);
      }
      DiskImage image = open(vhdx.build());
      if (below != null) {
        image.checkParent(below);
        assertEquals("layer" + (layer - 1) + ".vhdx", image.parent().orElseThrow().name());
      }
      below = image;
      maps.addFirst(image.map());
    }
    assertArrayEquals(model, content(new LayeredMap(maps)));
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void blocksBehindTheFirstChunkAreFoundBehindItsBitmapEntry(int sectorSize) throws IOException {
    long chunk = (1L << 23) * sectorSize;
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 3 * chunk);
    vhdx.sectorSize = sectorSize;
    vhdx.blockSize = 256 * MIB;
    vhdx.hasParent = true;
    long ratio = chunk / vhdx.blockSize;
    vhdx.block(2 * ratio - 1, 6, random(512, 1));
    vhdx.block(2 * ratio, 7, random(sectorSize * 3, 2));
    byte[] bits = new byte[MIB];
    bits[0] = 0b100;
    vhdx.bitmap(2, bits);
    BlockMap map = open(vhdx.build()).map();
    long block = vhdx.blockSize;
    assertEquals(new Extent.Absent(0, 2 * chunk - block), map.extentAt(0, map.size()));
    assertEquals(block, map.extentAt(2 * chunk - block, map.size()).length());
    assertInstanceOf(Extent.Data.class, map.extentAt(2 * chunk - block, map.size()));
    assertEquals(
        new Extent.Absent(2 * chunk, 2L * sectorSize), map.extentAt(2 * chunk, map.size()));
    Extent third = map.extentAt(2 * chunk + 2L * sectorSize, map.size());
    assertEquals(sectorSize, third.length());
    assertInstanceOf(Extent.Data.class, third);
  }

  @Test
  void absentAndZeroBlocksAreToldApartAndJoined() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 8L * MIB);
    vhdx.state(2, 2, 0);
    vhdx.state(3, 3, 0);
    vhdx.state(4, 1, 0);
    BlockMap map = open(vhdx.build()).map();
    assertEquals(new Extent.Absent(0, 2 * MIB), map.extentAt(0, 8 * MIB));
    assertEquals(new Extent.Zero(2 * MIB, 3 * MIB), map.extentAt(2 * MIB, 8 * MIB));
    assertEquals(new Extent.Absent(5 * MIB, 3 * MIB), map.extentAt(5 * MIB, 8 * MIB));
  }

  @Test
  void neighboursInTheFileAreOneExtent() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 3L * MIB);
    byte[] payload = random(MIB, 1);
    long at = vhdx.block(0, 6, payload);
    vhdx.block(1, 6, payload);
    vhdx.block(2, 6, payload);
    MemoryStorage storage = vhdx.build();
    assertEquals(
        new Extent.Data(512, 3 * MIB - 512, storage, at + 512),
        open(storage).map().extentAt(512, 3 * MIB));
  }

  @Test
  void lastBlockMayEndWithTheDisk() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 2L * MIB + 1024);
    long at = vhdx.block(2, 6, random(1024, 1));
    MemoryStorage storage = vhdx.build();
    storage.truncate(at + 1024);
    assertArrayEquals(
        random(1024, 1), Arrays.copyOfRange(content(open(storage).map()), 2 * MIB, 2 * MIB + 1024));
  }

  @Test
  void theSoundHeaderWithTheHigherNumberCounts() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", MIB);
    MemoryStorage storage = vhdx.build();
    UUID newer = new UUID(0x4000, 8);
    vhdx.header(0x20000, -1L, newer);
    assertEquals(newer.toString(), open(storage).info().more().get("data-write-id"));
    storage.write(0x20000 + 100, MemorySegment.ofArray(new byte[] {1}));
    assertEquals(vhdx.dataWriteId.toString(), open(storage).info().more().get("data-write-id"));
    storage.write(0x10000 + 100, MemorySegment.ofArray(new byte[] {1}));
    assertThrows(CorruptImageException.class, () -> open(storage));
  }

  @Test
  void eitherRegionTableWillDo() throws IOException {
    MemoryStorage storage = new HandMadeVhdx("d.vhdx", MIB).build();
    storage.write(0x30000 + 100, MemorySegment.ofArray(new byte[] {1}));
    assertEquals(MIB, open(storage).map().size());
    storage.write(0x40000 + 100, MemorySegment.ofArray(new byte[] {1}));
    assertThrows(CorruptImageException.class, () -> open(storage));
  }

  @Test
  void anEmptyDiskOf64TebibytesIsWalkedAtOnce() throws IOException {
    for (int state : new int[] {0, 2}) {
      HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 64L << 40).batMebibytes(17);
      vhdx.blockSize = 32 * MIB;
      if (state != 0) {
        for (long block = 0; block < 2 << 20; block++) {
          vhdx.state(block, state, 0);
        }
      }
      BlockMap map = open(vhdx.build()).map();
      long start = System.nanoTime();
      assertEquals(64L << 40, map.extentAt(0, map.size()).length());
      assertTrue(System.nanoTime() - start < 2_000_000_000L, "took seconds");
    }
  }

  @Test
  void parentPathsAreTriedRelativeFirst() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", MIB);
    vhdx.hasParent = true;
    vhdx.locator.put("absolute_win32_path", "\\\\?\\C:\\disks\\absolute.vhdx");
    assertEquals("absolute.vhdx", open(vhdx.build()).parent().orElseThrow().name());
    vhdx.locator.put("relative_path", "..\\disks\\relative.vhdx");
    assertEquals("../disks/relative.vhdx", open(vhdx.build()).parent().orElseThrow().name());
    vhdx.locator.put("relative_path", "json:{}");
    assertEquals("./json:{}", open(vhdx.build()).parent().orElseThrow().name());
    assertEquals("vhdx", open(vhdx.build()).parent().orElseThrow().format().orElseThrow());
  }

  @Test
  void parentThatWasWrittenSinceIsRefused() throws IOException {
    HandMadeVhdx parent = new HandMadeVhdx("parent.vhdx", MIB);
    HandMadeVhdx child = new HandMadeVhdx("child.vhdx", MIB);
    child.hasParent = true;
    child.locator.put("parent_linkage", "{" + parent.dataWriteId.toString().toUpperCase() + "}");
    DiskImage image = open(child.build());
    image.checkParent(open(parent.build()));
    parent.dataWriteId = new UUID(1, 2);
    DiskImage other = open(parent.build());
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> image.checkParent(other));
    assertTrue(e.getMessage().contains("linkage"), e.getMessage());
    child.locator.put("parent_linkage2", other.info().more().get("data-write-id").toString());
    open(child.build()).checkParent(other);
  }

  @Test
  void infoTellsWhatQemuTellsAndKeepsTheRestApart() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 8L * MIB);
    vhdx.sectorSize = 4096;
    ImageInfo info = open(vhdx.build()).info();
    assertEquals(MIB, info.clusterSize().orElseThrow());
    assertTrue(info.details().isEmpty());
    assertEquals("dynamic", info.more().get("type"));
    assertEquals("Hand made", info.more().get("creator"));
    assertEquals(4096L, info.more().get("logical-sector-size"));
    assertEquals(new UUID(9, 9).toString(), info.more().get("unique-id"));
    assertEquals(false, info.more().get("log-dirty"));
  }

  @Test
  void checkFindsNothingInASoundFile() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 8L * MIB);
    vhdx.hasParent = true;
    vhdx.block(1, 6, new byte[MIB]);
    vhdx.block(5, 7, new byte[MIB]);
    vhdx.bitmap(0, new byte[MIB]);
    CheckReport report = open(vhdx.build()).check().orElseThrow();
    assertEquals(List.of(), report.messages());
    assertEquals(0, report.corruptions() + report.checkErrors() + report.leaks());
  }

  @Test
  void checkTellsOfOverlapsStrayEntriesDamagedCopiesAndAWaitingLog() throws IOException {
    HandMadeVhdx vhdx = new HandMadeVhdx("d.vhdx", 8L * MIB);
    vhdx.hasParent = true;
    vhdx.logCounts = true;
    long first = vhdx.block(1, 6, new byte[MIB]);
    vhdx.state(2, 6, first);
    vhdx.state(3, 6, 1L << 40);
    vhdx.state(4, 4, 0);
    long bitmap = vhdx.bitmap(0, new byte[MIB]);
    vhdx.state(5, 7, bitmap);
    MemoryStorage storage = vhdx.build();
    new HandMadeLog(3, 0, storage).writeTo(storage, 0);
    storage.write(0x20000 + 100, MemorySegment.ofArray(new byte[] {1}));
    storage.write(0x40000 + 100, MemorySegment.ofArray(new byte[] {1}));
    CheckReport report = open(storage).check().orElseThrow();
    assertEquals(6, report.corruptions());
    assertEquals(1, report.leaks());
    String all = String.join("\n", report.messages());
    for (String words :
        List.of(
            "header at 0x20000",
            "region table at 0x40000",
            "log was not played back",
            "block 2 lies where another one does",
            "block 3 (",
            "reserved state 4",
            "block 5 lies where another one does")) {
      assertTrue(all.contains(words), () -> words + "\n" + all);
    }
  }
}
