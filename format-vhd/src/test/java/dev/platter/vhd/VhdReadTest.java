package dev.platter.vhd;

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
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class VhdReadTest {
  private static final VhdFormat FORMAT = new VhdFormat();

  static DiskImage open(Storage storage) throws IOException {
    return FORMAT.open(storage, OpenRequest.strict());
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

  private static HandMadeVhd fixed(int size) {
    HandMadeVhd vhd = new HandMadeVhd(size);
    vhd.type = 2;
    vhd.fixedContent = random(size, 1);
    return vhd;
  }

  @Test
  void fixedDiskIsWhatStandsBeforeItsFooter() throws IOException {
    HandMadeVhd vhd = fixed(1 << 20);
    assertArrayEquals(vhd.fixedContent, content(open(vhd.storage("f.vhd")).map()));
  }

  @Test
  void fixedDiskIsFoundByItsFooterUnlessTailsAreLeftOut() throws IOException {
    HandMadeVhd vhd = fixed(1 << 20);
    try (MemoryStorage storage = vhd.storage("f.vhd")) {
      ImageFormats formats = ImageFormats.present();
      assertEquals("vpc", formats.probe(storage).orElseThrow().name());
      assertTrue(formats.withoutTails().probe(storage).isEmpty());
    }
  }

  @Test
  void footerWithWrongSizeOrChecksumIsNotTakenForAFixedDisk() throws IOException {
    HandMadeVhd longer = fixed(1 << 20);
    byte[] file = longer.build();
    byte[] shifted = new byte[file.length + 512];
    System.arraycopy(file, 0, shifted, 512, file.length);
    assertTrue(ImageFormats.present().probe(MemoryStorage.of("a", shifted)).isEmpty());
    file[file.length - 1] ^= 1;
    assertTrue(ImageFormats.present().probe(MemoryStorage.of("b", file)).isEmpty());
  }

  @Test
  void footerOfAnOldVirtualPcThatIsAByteShortIsAccepted() throws IOException {
    HandMadeVhd vhd = fixed(1 << 20);
    byte[] file = vhd.build();
    Storage storage = MemoryStorage.of("f.vhd", Arrays.copyOf(file, file.length - 1));
    assertEquals("vpc", ImageFormats.present().probe(storage).orElseThrow().name());
    assertArrayEquals(vhd.fixedContent, content(open(storage).map()));
  }

  @Test
  void bothNamesLeadToTheFormat() {
    ImageFormats formats = ImageFormats.present();
    assertEquals("vpc", formats.named("vhd").orElseThrow().name());
    assertEquals("vpc", formats.named("vpc").orElseThrow().name());
  }

  @Property(tries = 60)
  void dynamicDiskOfAnyBlockSizeReadsAsItsModel(
      @ForAll @IntRange(min = 9, max = 18) int blockBits, @ForAll Random random)
      throws IOException {
    int sectors = random.nextInt(1, 1500);
    HandMadeVhd vhd = new HandMadeVhd(sectors * 512L);
    vhd.blockSize = 1 << blockBits;
    byte[] model = new byte[sectors * 512];
    for (int block = 0; block < vhd.entries(); block++) {
      if (random.nextBoolean()) {
        byte[] payload = random(vhd.blockSize, random.nextLong());
        vhd.block(block, payload);
        int at = block * vhd.blockSize;
        System.arraycopy(payload, 0, model, at, Math.min(payload.length, model.length - at));
      }
    }
    BlockMap map = open(vhd.storage("d.vhd")).map();
    assertArrayEquals(model, content(map));
    for (int i = 0; i < 20; i++) {
      long from = random.nextInt(sectors) * 512L;
      Extent extent = map.extentAt(from, random.nextLong(from + 1, map.size() + 1));
      assertEquals(from, extent.offset());
    }
  }

  @Property(tries = 40)
  void chainOfThreeReadsAsItsModel(
      @ForAll @IntRange(min = 12, max = 17) int blockBits, @ForAll Random random)
      throws IOException {
    int sectors = random.nextInt(200, 1200);
    byte[] model = new byte[sectors * 512];
    List<BlockMap> maps = new ArrayList<>();
    List<DiskImage> images = new ArrayList<>();
    for (int layer = 0; layer < 3; layer++) {
      HandMadeVhd vhd = new HandMadeVhd(sectors * 512L);
      vhd.type = layer == 0 ? 3 : 4;
      vhd.blockSize = 1 << (layer == 1 ? 14 : blockBits);
      vhd.id = new UUID(7, layer);
      vhd.parentId = layer == 0 ? new UUID(0, 0) : new UUID(7, layer - 1);
      vhd.parentName = "layer" + (layer - 1) + ".vhd";
      int sectorsPerBlock = vhd.blockSize / 512;
      byte[] batmap = new byte[(vhd.entries() + 7) / 8];
      for (int block = 0; block < vhd.entries(); block++) {
        if (random.nextInt(3) == 0) {
          continue;
        }
        byte[] payload = random(vhd.blockSize, random.nextLong());
        byte[] bits = new byte[vhd.bitmapLength()];
        int density = random.nextInt(9);
        boolean full = true;
        for (int sector = 0; sector < sectorsPerBlock; sector++) {
          boolean present = layer == 0 || random.nextInt(8) < density;
          full &= present;
          int at = (block * sectorsPerBlock + sector) * 512;
          if (present) {
            bits[sector / 8] |= (byte) (0x80 >> sector % 8);
            if (at < model.length) {
              System.arraycopy(payload, sector * 512, model, at, 512);
            }
          }
        }
        if (full) {
          batmap[block / 8] |= (byte) (0x80 >> block % 8);
        }
        vhd.block(block, payload, bits);
      }
      if (random.nextBoolean()) {
        vhd.batmap = batmap;
      }
      DiskImage image = open(vhd.storage("layer" + layer + ".vhd"));
      if (layer > 0) {
        image.checkParent(images.getLast());
      }
      images.add(image);
      maps.addFirst(image.map());
    }
    assertArrayEquals(model, content(new LayeredMap(maps)));
  }

  @Test
  void cleanBatmapAnswersForFullBlocksAndADamagedOneIsPassedOver() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 16);
    vhd.type = 4;
    vhd.blockSize = 1 << 16;
    vhd.batmap = new byte[] {(byte) 0x80};
    byte[] payload = random(1 << 16, 3);
    vhd.block(0, payload, new byte[512]);
    byte[] file = vhd.build();
    assertArrayEquals(payload, content(open(MemoryStorage.of("a.vhd", file)).map()));
    file[HandMadeVhd.TABLE_AT + 512 + 24] ^= 1;
    Extent extent = open(MemoryStorage.of("b.vhd", file)).map().extentAt(0, 1 << 16);
    assertEquals(new Extent.Absent(0, 1 << 16), extent);
  }

  @Test
  void unallocatedBlocksAreOneExtentZeroInADynamicAndAbsentInADifferencingDisk()
      throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1L << 30);
    assertEquals(
        new Extent.Zero(512, (1L << 30) - 512),
        open(vhd.storage("a.vhd")).map().extentAt(512, 1L << 30));
    vhd.type = 4;
    assertEquals(
        new Extent.Absent(512, (1L << 30) - 512),
        open(vhd.storage("a.vhd")).map().extentAt(512, 1L << 30));
  }

  @Test
  void footerAndItsCopyRecoverEachOther() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 22);
    byte[] payload = random(1 << 21, 5);
    vhd.block(1, payload);
    byte[] expected = new byte[1 << 22];
    System.arraycopy(payload, 0, expected, 1 << 21, 1 << 21);
    byte[] noFront = vhd.build();
    Arrays.fill(noFront, 0, 512, (byte) 0);
    assertArrayEquals(expected, content(open(MemoryStorage.of("a.vhd", noFront)).map()));
    byte[] noTail = vhd.build();
    noTail[noTail.length - 500] ^= 1;
    assertArrayEquals(expected, content(open(MemoryStorage.of("b.vhd", noTail)).map()));
    byte[] cut = Arrays.copyOf(noTail, noTail.length - 512);
    assertArrayEquals(expected, content(open(MemoryStorage.of("c.vhd", cut)).map()));
  }

  @Test
  void dynamicDiskThatLostItsFirstFooterIsFoundByItsLast() throws IOException {
    byte[] file = new HandMadeVhd(1 << 22).block(1, random(1 << 21, 5)).build();
    Arrays.fill(file, 0, 512, (byte) 0);
    assertEquals("vpc", probed(file));
    byte[] noTail = file.clone();
    noTail[file.length - 500] ^= 1;
    assertEquals("", probed(noTail));
    byte[] noHeader = file.clone();
    noHeader[HandMadeVhd.HEADER_AT + 100] ^= 1;
    assertEquals("", probed(noHeader));
    byte[] tailAlone = new byte[file.length];
    System.arraycopy(file, file.length - 512, tailAlone, file.length - 512, 512);
    assertEquals("", probed(tailAlone));
  }

  private static String probed(byte[] file) throws IOException {
    ImageFormats formats = ImageFormats.present();
    return formats.probe(MemoryStorage.of("a.vhd", file)).map(ImageFormat::name).orElse("");
  }

  @Test
  void sizeIsTheGeometryForVirtualPcAndQemuAndTheFieldForAllOthers() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(6 << 20);
    vhd.geometry = new int[] {151, 4, 17};
    assertEquals(6 << 20, open(vhd.storage("a.vhd")).map().size());
    for (String creator : List.of("vpc ", "qemu")) {
      vhd.creator = creator;
      assertEquals(151 * 4 * 17 * 512, open(vhd.storage("a.vhd")).map().size());
    }
    vhd.geometry = new int[] {65535, 16, 255};
    assertEquals(6 << 20, open(vhd.storage("a.vhd")).map().size());
  }

  @Test
  void relativeParentLocatorComesBeforeTheAbsoluteOnes() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 22);
    vhd.type = 4;
    vhd.parentName = "header.vhd";
    assertEquals("header.vhd", open(vhd.storage("a")).parent().orElseThrow().name());
    vhd.locators.put("W2ku", "C:\\disks\\absolute.vhd".getBytes(StandardCharsets.UTF_16LE));
    assertEquals("absolute.vhd", open(vhd.storage("a")).parent().orElseThrow().name());
    vhd.locators.put("MacX", "file://./mac.vhd".getBytes(StandardCharsets.UTF_8));
    assertEquals("mac.vhd", open(vhd.storage("a")).parent().orElseThrow().name());
    vhd.locators.clear();
    vhd.locators.put("MacX", "file:///disks/mac.vhd".getBytes(StandardCharsets.UTF_8));
    assertEquals("/disks/mac.vhd", open(vhd.storage("a")).parent().orElseThrow().name());
    vhd.locators.put("W2ru", ".\\sub\\relative.vhd".getBytes(StandardCharsets.UTF_16LE));
    assertEquals("sub/relative.vhd", open(vhd.storage("a")).parent().orElseThrow().name());
  }

  @Test
  void parentNameIsNeverTakenForAProtocol() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 22);
    vhd.type = 4;
    vhd.locators.put("W2ru", "nbd:unix:x".getBytes(StandardCharsets.UTF_16LE));
    assertEquals("./nbd:unix:x", open(vhd.storage("a")).parent().orElseThrow().name());
  }

  @Test
  void parentWithAnotherIdentifierOrAYoungerFooterIsRefused() throws IOException {
    HandMadeVhd parent = new HandMadeVhd(1 << 22);
    HandMadeVhd child = new HandMadeVhd(1 << 22);
    child.type = 4;
    child.parentName = "parent.vhd";
    child.parentId = parent.id;
    DiskImage image = open(child.storage("child.vhd"));
    image.checkParent(open(parent.storage("parent.vhd")));
    parent.timestamp += 200_000;
    CorruptImageException younger =
        assertThrows(
            CorruptImageException.class,
            () -> image.checkParent(open(parent.storage("parent.vhd"))));
    assertTrue(younger.getMessage().contains("timestamp"), younger.getMessage());
    parent.timestamp = child.parentTimestamp;
    parent.id = new UUID(1, 2);
    CorruptImageException other =
        assertThrows(
            CorruptImageException.class,
            () -> image.checkParent(open(parent.storage("parent.vhd"))));
    assertTrue(other.getMessage().contains("identifier"), other.getMessage());
  }

  @Test
  void infoTellsWhatQemuTellsAndKeepsTheRestApart() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(1 << 22);
    vhd.type = 4;
    vhd.locators.put("W2ru", ".\\p.vhd".getBytes(StandardCharsets.UTF_16LE));
    ImageInfo info = open(vhd.storage("a.vhd")).info();
    assertEquals("vpc", info.format());
    assertEquals(1 << 21, info.clusterSize().orElseThrow());
    assertTrue(info.details().isEmpty());
    assertEquals("differencing", info.more().get("type"));
    assertEquals("win", info.more().get("creator"));
    assertEquals(vhd.id.toString(), info.more().get("unique-id"));
    assertEquals("{W2ru=.\\p.vhd}", info.more().get("parent-locators").toString());
    assertInstanceOf(Long.class, info.more().get("block-size"));
  }

  @Test
  void checkFindsNothingInASoundFile() throws IOException {
    for (int type : new int[] {3, 4}) {
      HandMadeVhd vhd = new HandMadeVhd(8 << 20);
      vhd.type = type;
      vhd.block(0, new byte[1 << 21]).block(2, new byte[1 << 21]).block(3, new byte[1 << 21]);
      CheckReport report = open(vhd.storage("a.vhd")).check().orElseThrow();
      assertEquals(List.of(), report.messages());
      assertEquals(0, report.corruptions());
    }
    assertEquals(0, open(fixed(1 << 16).storage("f.vhd")).check().orElseThrow().corruptions());
  }

  @Test
  void checkTellsOfOverlapsStrayEntriesAndALostFooter() throws IOException {
    HandMadeVhd vhd = new HandMadeVhd(8 << 20);
    vhd.block(0, new byte[1 << 21]).block(2, new byte[1 << 21]);
    byte[] file = vhd.build();
    ByteBuffer table = ByteBuffer.wrap(file);
    table.putInt(HandMadeVhd.TABLE_AT + 4, table.getInt(HandMadeVhd.TABLE_AT) + 1);
    table.putInt(HandMadeVhd.TABLE_AT + 12, 0x7FFF_FFFF);
    file[file.length - 100] ^= 1;
    CheckReport report = open(MemoryStorage.of("a.vhd", file)).check().orElseThrow();
    String all = String.join("\n", report.messages());
    assertEquals(4, report.corruptions(), all);
    assertTrue(all.contains("the footer in the last sector is damaged"), all);
    assertTrue(all.contains("two blocks lie in the same place"), all);
    assertTrue(all.contains("block 3 ("), all);
  }
}
