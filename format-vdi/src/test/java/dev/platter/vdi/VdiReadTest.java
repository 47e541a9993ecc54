package dev.platter.vdi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ParentReference;
import dev.platter.image.disk.LayeredMap;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VdiReadTest {
  private static final int BLOCK = 1 << 16;

  private static byte[] block(int seed) {
    return HandMadeVdi.random(BLOCK, seed);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0001_0000, 0x0001_0001})
  void readsBothHeaderVersions(int version) throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(3 * BLOCK, BLOCK).block(2, block(1)).block(0, block(2));
    vdi.version = version;
    vdi.headerSize = 384;
    byte[] expected = new byte[3 * BLOCK];
    System.arraycopy(block(2), 0, expected, 0, BLOCK);
    System.arraycopy(block(1), 0, expected, 2 * BLOCK, BLOCK);
    assertArrayEquals(expected, HandMadeVdi.content(HandMadeVdi.open(vdi.storage("v.vdi")).map()));
  }

  @Test
  void blocksThatFollowEachOtherInTheFileAreOneExtent() throws IOException {
    HandMadeVdi vdi =
        new HandMadeVdi(6 * BLOCK, BLOCK)
            .block(1, block(1))
            .block(2, block(2))
            .block(3, block(3))
            .block(0, block(4));
    MemoryStorage storage = vdi.storage("v.vdi");
    BlockMap map = HandMadeVdi.open(storage).map();
    assertEquals(
        new Extent.Data(BLOCK, 3 * BLOCK, storage, vdi.dataAt()), map.extentAt(BLOCK, map.size()));
    assertEquals(
        new Extent.Data(BLOCK + 100, 2 * BLOCK, storage, vdi.dataAt() + 100),
        map.extentAt(BLOCK + 100, 3 * BLOCK + 100));
    assertEquals(new Extent.Zero(4 * BLOCK, 2 * BLOCK), map.extentAt(4 * BLOCK, map.size()));
  }

  @Test
  void whatStandsInFrontOfEachBlockIsSkipped() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(2 * BLOCK, BLOCK);
    vdi.extra = 512;
    vdi.block(0, block(1)).block(1, block(2));
    byte[] content = HandMadeVdi.content(HandMadeVdi.open(vdi.storage("v.vdi")).map());
    assertArrayEquals(block(1), Arrays.copyOf(content, BLOCK));
    assertArrayEquals(block(2), Arrays.copyOfRange(content, BLOCK, 2 * BLOCK));
  }

  @Test
  void aSizeWithinASectorIsRoundedUp() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(BLOCK + 1000, BLOCK).block(1, block(7));
    BlockMap map = HandMadeVdi.open(vdi.storage("odd.vdi")).map();
    assertEquals(BLOCK + 1024, map.size());
    assertArrayEquals(
        Arrays.copyOf(block(7), 1024),
        Arrays.copyOfRange(HandMadeVdi.content(map), BLOCK, BLOCK + 1024));
  }

  @Test
  void theFileNeedHoldTheLastBlockOnlyAsFarAsTheDiskReaches() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(BLOCK + 1024, BLOCK).block(0, block(1)).block(1, block(7));
    byte[] file = vdi.build();
    MemoryStorage cut =
        MemoryStorage.of("cut.vdi", Arrays.copyOf(file, file.length - BLOCK + 1024));
    assertArrayEquals(
        Arrays.copyOf(block(7), 1024),
        Arrays.copyOfRange(HandMadeVdi.content(HandMadeVdi.open(cut).map()), BLOCK, BLOCK + 1024));
  }

  @Test
  void overAParentFreeIsAbsentAndZeroIsZero() throws IOException {
    HandMadeVdi base = new HandMadeVdi(4 * BLOCK, BLOCK).block(0, block(1)).block(1, block(2));
    HandMadeVdi child =
        new HandMadeVdi(4 * BLOCK, BLOCK).entry(1, HandMadeVdi.ZERO).block(3, block(3));
    child.type = 4;
    child.parent = base.id;
    child.parentModification = base.modification;
    child.id = new UUID(1, 2);
    DiskImage below = HandMadeVdi.open(base.storage("base.vdi"));
    DiskImage above = HandMadeVdi.open(child.storage("child.vdi"));
    above.checkParent(below);
    assertEquals(new Extent.Absent(0, BLOCK), above.map().extentAt(0, 4 * BLOCK));
    assertEquals(new Extent.Zero(BLOCK, BLOCK), above.map().extentAt(BLOCK, 4 * BLOCK));
    byte[] expected = new byte[4 * BLOCK];
    System.arraycopy(block(1), 0, expected, 0, BLOCK);
    System.arraycopy(block(3), 0, expected, 3 * BLOCK, BLOCK);
    assertArrayEquals(
        expected, HandMadeVdi.content(new LayeredMap(List.of(above.map(), below.map()))));
  }

  @Test
  void theParentIsKnownByItsIdentifierAlone() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(BLOCK, BLOCK);
    vdi.type = 3;
    vdi.parent = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    ParentReference parent = HandMadeVdi.open(vdi.storage("u.vdi")).parent().orElseThrow();
    assertEquals("{00112233-4455-6677-8899-aabbccddeeff}.vdi", parent.name());
    assertEquals("vdi", parent.format().orElseThrow());
    assertTrue(parent.isGuess());
    assertTrue(HandMadeVdi.open(new HandMadeVdi(1, BLOCK).storage("b")).parent().isEmpty());
  }

  @Test
  void anotherImageOrOneThatWasChangedIsNotTheParent() throws IOException {
    HandMadeVdi base = new HandMadeVdi(BLOCK, BLOCK);
    HandMadeVdi child = new HandMadeVdi(BLOCK, BLOCK);
    child.parent = base.id;
    child.parentModification = base.modification;
    DiskImage image = HandMadeVdi.open(child.storage("child.vdi"));
    base.modification = new UUID(5, 5);
    DiskImage changed = HandMadeVdi.open(base.storage("base.vdi"));
    CorruptImageException e =
        assertThrows(CorruptImageException.class, () -> image.checkParent(changed));
    assertTrue(e.getMessage().contains("was changed since"), e.getMessage());
    base.id = new UUID(6, 6);
    DiskImage other = HandMadeVdi.open(base.storage("base.vdi"));
    e = assertThrows(CorruptImageException.class, () -> image.checkParent(other));
    assertTrue(e.getMessage().contains("not the parent it was made over"), e.getMessage());
  }

  @Test
  void infoTellsWhatTheHeaderSays() throws IOException {
    HandMadeVdi vdi = new HandMadeVdi(3 * BLOCK, BLOCK).block(1, block(1));
    vdi.type = 4;
    vdi.comment = "before the update";
    vdi.id = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    vdi.parent = new UUID(3, 4);
    var info = HandMadeVdi.open(vdi.storage("i.vdi")).info();
    assertEquals("vdi", info.format());
    assertEquals(BLOCK, info.clusterSize().orElseThrow());
    assertEquals(Map.of(), info.details());
    Map<String, Object> more = info.more();
    assertEquals("differencing", more.get("type"));
    assertEquals("1.1", more.get("version"));
    assertEquals(65536L, more.get("block-size"));
    assertEquals(3L, more.get("blocks"));
    assertEquals(1L, more.get("blocks-allocated"));
    assertEquals("00112233-4455-6677-8899-aabbccddeeff", more.get("uuid"));
    assertEquals(new UUID(3, 4).toString(), more.get("parent-uuid"));
    assertEquals("65/16/63", more.get("geometry"));
    assertEquals("before the update", more.get("comment"));
  }

  @Test
  void anEmptyDiskOf66TebibytesIsWalkedInNoTimeAndNoMemory() throws IOException {
    long size = 66L << 40;
    ByteBuffer header =
        ByteBuffer.wrap(new HandMadeVdi(1 << 20, 1 << 20).build()).order(ByteOrder.LITTLE_ENDIAN);
    int entries = 66 << 20;
    header.putLong(368, size).putInt(384, entries).putInt(344, 1024 + 4 * entries);
    MemoryStorage storage = new MemoryStorage("huge.vdi");
    storage.write(0, MemorySegment.ofArray(header.array()).asSlice(0, 1024));
    MemorySegment free = MemorySegment.ofArray(new byte[1 << 20]).fill((byte) 0xFF);
    for (int i = 0; i < 264; i++) {
      storage.write(1024 + ((long) i << 20), free);
    }
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          BlockMap map = HandMadeVdi.open(storage).map();
          int answers = 0;
          for (long at = 0; at < size; answers++) {
            Extent extent = map.extentAt(at, size);
            assertTrue(extent instanceof Extent.Zero);
            at = extent.end();
          }
          assertTrue(answers <= 17, "answers: " + answers);
        });
  }
}
