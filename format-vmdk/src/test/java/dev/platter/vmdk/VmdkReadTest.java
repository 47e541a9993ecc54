package dev.platter.vmdk;

import static dev.platter.vmdk.HandMade.GRAIN;
import static dev.platter.vmdk.HandMade.SECTOR;
import static dev.platter.vmdk.HandMade.descriptor;
import static dev.platter.vmdk.HandMade.filled;
import static dev.platter.vmdk.HandMade.joined;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.vmdk.format.SparseHeader;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmdkReadTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "ddb.iofilters = \"vmwarevmcrypt\"",
        "encryptionKeys=\"vmware:key/list/(pair/(fqid/<VMWARE-NULL>,AES-256,AAAA))\"",
        "encryption.keySafe = \"vmware:key/list/(pair/(phrase/x,HMAC,y))\""
      })
  void aDiskThatVmwareEncryptedIsRefusedByName(String line) {
    HandMade disk =
        new HandMade()
            .with("d.vmdk", descriptor("vmfs", "RW 2 VMFS \"flat\"") + line + "\n")
            .with("flat", filled(2 * SECTOR, 0xf1));
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> disk.open("d.vmdk"));
    assertTrue(refused.getMessage().contains("encrypted by VMware"), refused::getMessage);
  }

  @Test
  void extentsOfEveryTypeAndAccessKeepTheDiskWhole() throws IOException {
    HandMade disk =
        new HandMade()
            .with(
                "d.vmdk",
                descriptor(
                    "custom",
                    "RW 2 FLAT \"flat\" 3",
                    "RW 5 ZERO",
                    "RDONLY 32 SPARSE \"sparse\"",
                    "NOACCESS 4 FLAT \"never opened\" 0",
                    "RW 3 VMFSSPARSE \"cowd\"",
                    "rw 2 vmfs \"flat\"",
                    "RDONLY 32 SESPARSE \"se\""))
            .with("flat", joined(filled(3 * SECTOR, 0), filled(2 * SECTOR, 0xf1)))
            .with("sparse", HandMade.sparse("").array())
            .with("cowd", HandMade.cowd().array())
            .with("se", HandMade.seSparse().array());
    byte[] expected =
        joined(
            filled(2 * SECTOR, 0xf1),
            filled(5 * SECTOR, 0),
            HandMade.sparseContent(),
            filled(4 * SECTOR, 0),
            filled(SECTOR, 0xa1),
            filled(SECTOR, 0),
            filled(SECTOR, 0xa3),
            filled(2 * SECTOR, 0),
            filled(GRAIN, 0xe1),
            filled(3 * GRAIN, 0));
    assertArrayEquals(expected, disk.content("d.vmdk"));
    try (DiskImage image = disk.open("d.vmdk")) {
      assertEquals(expected.length, image.info().virtualSize());
      assertEquals(
          List.of("RW", "RW", "RDONLY", "NOACCESS", "RW", "RW", "RDONLY"),
          image.info().more().get("extent-access"));
    }
  }

  @Test
  void zeroedGrainsHideTheParentAndAbsentOnesDoNot() throws IOException {
    HandMade disk = new HandMade().with("s", HandMade.sparse("").array());
    try (DiskImage image = disk.open("s")) {
      assertInstanceOf(Extent.Data.class, image.map().extentAt(0, 4 * GRAIN));
      assertEquals(new Extent.Zero(GRAIN, GRAIN), image.map().extentAt(GRAIN, 4 * GRAIN));
      assertEquals(new Extent.Absent(2 * GRAIN, GRAIN), image.map().extentAt(2 * GRAIN, 4 * GRAIN));
    }
    HandMade se = new HandMade().with("se", HandMade.seSparse().array());
    try (DiskImage image = se.open("se")) {
      assertEquals(new Extent.Zero(GRAIN, 2 * GRAIN), image.map().extentAt(GRAIN, 4 * GRAIN));
      assertEquals(new Extent.Absent(3 * GRAIN, GRAIN), image.map().extentAt(3 * GRAIN, 4 * GRAIN));
    }
  }

  @Test
  void aStreamOptimizedFileIsReadByItsFooter() throws IOException {
    HandMade disk = new HandMade().with("renamed.vmdk", HandMade.stream().array());
    assertArrayEquals(HandMade.streamContent(), disk.content("renamed.vmdk"));
    try (DiskImage image = disk.open("renamed.vmdk")) {
      assertEquals("streamOptimized", image.info().details().get("create-type"));
      assertEquals("streamOptimized", image.info().more().get("disk-type"));
      Map<?, ?> extent = (Map<?, ?>) ((List<?>) image.info().details().get("extents")).getFirst();
      assertEquals(true, extent.get("compressed"));
      assertEquals("renamed.vmdk", extent.get("filename"));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 3, 1000, Long.MAX_VALUE})
  void aDamagedDirectoryIsMadeUpForByTheRedundantOne(long damage) throws IOException {
    ByteBuffer file = HandMade.sparse("");
    if (damage == 3) {
      file.putInt(3 * SECTOR, 0x7fffffff); // the entry
    } else if (damage == 0) {
      file.putInt(3 * SECTOR, 0);
    } else {
      file.putLong(56, damage); // the directory itself
    }
    HandMade disk = new HandMade().with("s", file.array());
    assertArrayEquals(HandMade.sparseContent(), disk.content("s"));
  }

  @Test
  void aDamagedTableEntryIsMadeUpForByTheRedundantOne() throws IOException {
    ByteBuffer file = HandMade.sparse("").putInt(4 * SECTOR + 12, 0x00ffffff);
    HandMade disk = new HandMade().with("s", file.array());
    assertArrayEquals(HandMade.sparseContent(), disk.content("s"));
  }

  /** A hole in the file may end inside a table: what is behind it counts. */
  @Test
  void aTableThatBeginsInAHoleOfTheFileIsNoEmptyOne() throws IOException {
    int perTable = 512;
    int grains = 2 * perTable; // of the first table there is none
    int stored = perTable + 256;
    ByteBuffer head = HandMade.sparse("");
    head.putInt(8, SparseHeader.FLAG_NEWLINE_DETECTION);
    head.putLong(12, grains * (long) (GRAIN / SECTOR)).putInt(44, perTable).putLong(48, 0);
    int table = 0x6000 - 1024; // 2 KiB, of which the first half has no place
    head.putInt(3 * SECTOR, 0).putInt(3 * SECTOR + 4, table / SECTOR);
    ByteBuffer second = HandMade.space(8).putInt(0, 0x8000 / SECTOR);
    try (MemoryStorage storage = new MemoryStorage("s")) {
      storage.write(0, MemorySegment.ofArray(head.array()).asSlice(0, 4 * SECTOR));
      storage.write(0x6000, MemorySegment.ofArray(second.array()).asSlice(0, 1024));
      storage.write(0x8000, MemorySegment.ofArray(filled(GRAIN, 9)));
      assertTrue(storage.runAt(table, 0x9000).hole(), "the table begins in a hole");
      try (DiskImage image = new VmdkFormat().open(storage, new HandMade().request())) {
        byte[] expected = new byte[grains * GRAIN];
        Arrays.fill(expected, stored * GRAIN, (stored + 1) * GRAIN, (byte) 9);
        assertArrayEquals(expected, HandMade.content(image.map()));
      }
    }
  }

  @Test
  void aSingleFileIsReadUnderAnyName() throws IOException {
    String text = descriptor("monolithicSparse", "RW 32 SPARSE \"/somewhere/else/old.vmdk\"");
    HandMade disk = new HandMade().with("new.vmdk", HandMade.sparse(text).array());
    assertArrayEquals(HandMade.sparseContent(), disk.content("new.vmdk"));
  }

  @Test
  void aDescriptorInASparseFileMayNameMoreExtents() throws IOException {
    String text =
        descriptor("custom", "RW 2 ZERO", "RW 32 SPARSE \"self.vmdk\"", "RW 2 FLAT \"flat\" 0");
    HandMade disk =
        new HandMade()
            .with("self.vmdk", HandMade.sparse(text).array())
            .with("flat", filled(2 * SECTOR, 0xf2));
    byte[] expected =
        joined(filled(2 * SECTOR, 0), HandMade.sparseContent(), filled(2 * SECTOR, 0xf2));
    assertArrayEquals(expected, disk.content("self.vmdk"));
  }

  @Test
  void describingADiskOpensNoOtherFile() throws IOException {
    HandMade disk = new HandMade().with("d.vmdk", descriptor("vmfs", "RW 2 VMFS \"d-flat.vmdk\""));
    OpenRequest refusing =
        new OpenRequest(
            disk.request().limits(),
            reference -> {
              throw new AssertionError("opened " + reference);
            });
    try (DiskImage image = new VmdkFormat().open(disk.storage("d.vmdk"), refusing)) {
      assertEquals(2 * SECTOR, image.info().virtualSize());
      assertEquals("preallocated", image.info().more().get("disk-type"));
      assertEquals("lsilogic", image.info().more().get("adapter-type"));
      assertTrue(image.parent().isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/etc/passwd", "../up.vmdk", "sub/x.vmdk", "beside.vmdk"})
  void anOutsideFileIsAMatterOfPolicy(String name) throws IOException {
    HandMade disk = new HandMade().with("d", descriptor("vmfs", "RW 2 FLAT \"" + name + "\" 0"));
    try (DiskImage image = new VmdkFormat().open(disk.storage("d"), OpenRequest.strict())) {
      ReferenceDeniedException denied =
          assertThrows(ReferenceDeniedException.class, () -> image.map().extentAt(0, SECTOR));
      assertTrue(denied.getMessage().contains(name), denied.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fullDevice",
        "partitionedDevice",
        "vmfsRaw",
        "vmfsRDM",
        "vmfsRawDeviceMap",
        "vmfsPassthroughRawDeviceMap"
      })
  void disksThatAreDevicesAreRefusedByName(String type) {
    HandMade disk = new HandMade().with("d", descriptor(type, "RW 2 FLAT \"/dev/sda\" 0"));
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> disk.open("d"));
    assertTrue(refused.getMessage().contains(type), refused.getMessage());
  }

  @Test
  void aParentIsKnownByItsContentId() throws IOException {
    String child =
        descriptor("monolithicSparse", "RW 32 SPARSE \"c.vmdk\"")
            .replace("parentCID=ffffffff", "parentCID=12345678\nparentFileNameHint=\"p.vmdk\"");
    String parent = descriptor("monolithicSparse", "RW 32 SPARSE \"p.vmdk\"");
    HandMade disk =
        new HandMade()
            .with("d.vmdk", HandMade.sparse(child).array())
            .with("p.vmdk", HandMade.sparse(parent).array())
            .with("changed.vmdk", HandMade.sparse(parent.replace("=1234", "=4321")).array());
    try (DiskImage image = disk.open("d.vmdk");
        DiskImage below = disk.open("p.vmdk");
        DiskImage changed = disk.open("changed.vmdk")) {
      assertEquals("p.vmdk", image.parent().orElseThrow().name());
      assertEquals("vmdk", image.parent().orElseThrow().format().orElseThrow());
      image.checkParent(below);
      CorruptImageException mismatch =
          assertThrows(CorruptImageException.class, () -> image.checkParent(changed));
      assertTrue(mismatch.getMessage().contains("43215678"), mismatch.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "C:\\vm\\x.vmdk",
        "\\\\server\\share\\x.vmdk",
        "/vmfs/volumes/4d1-ab/vm/x.vmdk",
        "[store] vm/x.vmdk"
      })
  void filesWithNamesOfOtherSystemsAreLookedForBeside(String name) throws IOException {
    byte[] flat = HandMade.filled(2 * SECTOR, 7);
    HandMade disk =
        new HandMade()
            .with("d", descriptor("custom", "RW 2 FLAT \"" + name + "\" 0"))
            .with("x.vmdk", flat);
    assertArrayEquals(flat, disk.content("d"));
    String child =
        descriptor("monolithicSparse", "RW 32 SPARSE \"" + name + "\"")
            .replace(
                "parentCID=ffffffff", "parentCID=12345678\nparentFileNameHint=\"" + name + "\"");
    try (DiskImage image = new HandMade().with("x", HandMade.sparse(child).array()).open("x")) {
      assertEquals("x.vmdk", image.parent().orElseThrow().name());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 511, 512, 4096, 200_000, 1 << 20})
  void zerosBehindTheEndOfAStreamArePassedOver(int count) throws IOException {
    byte[] padded = HandMade.joined(HandMade.stream().array(), new byte[count]);
    HandMade disk = new HandMade().with("d", padded);
    assertArrayEquals(HandMade.streamContent(), disk.content("d"));
    try (DiskImage image = disk.open("d")) {
      assertEquals(List.of(), image.dangers());
    }
  }

  @Test
  void aStreamThatWasCutIsRefusedWhereverThatWas() {
    byte[] file = HandMade.stream().array();
    for (int length = file.length - 1; length > 0; length--) {
      HandMade disk = new HandMade().with("d", Arrays.copyOf(file, length));
      assertThrows(CorruptImageException.class, () -> disk.open("d"));
    }
  }

  @Test
  void infoTellsOfASparseDiskThatWasCut() throws IOException {
    String text = descriptor("monolithicSparse", "RW 32 SPARSE \"d\"");
    byte[] file = HandMade.sparse(text).array();
    HandMade cut = new HandMade().with("d", Arrays.copyOf(file, 20 * SECTOR));
    try (DiskImage image = cut.open("d")) {
      String damage = (String) image.info().more().get("damage");
      assertTrue(damage.contains("grain 0 ends at 0x3000, the file at 0x2800"), damage);
      assertEquals(null, image.summary().more().get("damage"));
    }
    try (DiskImage image = new HandMade().with("d", file).open("d")) {
      assertEquals(null, image.info().more().get("damage"));
    }
    HandMade tooShort = new HandMade().with("d", Arrays.copyOf(file, 16 * SECTOR - 512));
    CorruptImageException refused =
        assertThrows(CorruptImageException.class, () -> tooShort.open("d"));
    assertTrue(refused.getMessage().contains("cut off"), refused.getMessage());
  }

  @Test
  void withoutAParentIdTheHintIsNoParent() throws IOException {
    String text =
        descriptor("monolithicSparse", "RW 32 SPARSE \"x\"")
            .replace("# Extent", "parentFileNameHint=\"/etc/passwd\"\n# Extent");
    HandMade disk = new HandMade().with("x", HandMade.sparse(text).array());
    try (DiskImage image = disk.open("x")) {
      assertTrue(image.parent().isEmpty());
    }
  }
}
