package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DirtyBitmap;
import dev.platter.image.DiskImage;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageInfo;
import dev.platter.image.ParentReference;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.Snapshot;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.chain.ImageChain;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.name.References;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ReferencePolicy;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Images made by qemu-img are read as qemu-img reads them. */
class Qcow2GoldenTest {
  static Stream<String> disks() throws IOException {
    return Golden.digests().keySet().stream();
  }

  @ParameterizedTest
  @MethodSource("disks")
  void holdsTheGuestBytesThatQemuReads(String disk) throws IOException {
    String[] words = disk.split("@");
    try (ImageChain chain = open(words[0], References.allow())) {
      BlockMap map = words.length == 1 ? chain.map() : chain.map(snapshot(chain, words[1]));
      assertEquals(Golden.digests().get(disk), digest(map));
    }
  }

  @ParameterizedTest
  @MethodSource("disks")
  void mapsEveryByteOnceWhateverTheLimits(String disk) throws IOException {
    try (ImageChain chain = open(disk.split("@")[0], References.allow())) {
      BlockMap map = chain.top().image().map();
      long step = Math.max(512, map.size() / 777 / 512 * 512);
      for (long offset = 0; offset < map.size(); offset += step) {
        long at = offset;
        var extent = map.extentAt(at, map.size());
        assertEquals(at, extent.offset());
        assertTrue(extent.end() <= map.size());
        var cut = map.extentAt(at, Math.min(map.size(), at + 512));
        assertEquals(cut, extent.slice(at, cut.length()));
      }
    }
  }

  @Test
  void describesVersion2() throws IOException {
    ImageInfo info = info("v2.qcow2");
    assertEquals("qcow2", info.format());
    assertEquals(1049088, info.virtualSize());
    assertEquals(4096, info.clusterSize().orElseThrow());
    assertEquals(
        Map.of("compat", "0.10", "compression-type", "zlib", "refcount-bits", 16L), info.details());
  }

  @Test
  void describesVersion3InTheOrderOfQemu() throws IOException {
    assertEquals(
        "{compat=1.1, compression-type=zlib, lazy-refcounts=false, refcount-bits=16,"
            + " corrupt=false, extended-l2=false}",
        info("v3.qcow2").details().toString());
    assertEquals(
        "{compat=1.1, compression-type=zlib, lazy-refcounts=true, refcount-bits=64,"
            + " corrupt=false, extended-l2=false}",
        info("refcount-64.qcow2").details().toString());
    assertEquals("zstd", info("zstd.qcow2").details().get("compression-type"));
    assertEquals(true, info("extended-l2.qcow2").details().get("extended-l2"));
  }

  @Test
  void namesTheDataFileWithoutOpeningIt() throws IOException {
    assertEquals(
        "{compat=1.1, compression-type=zlib, lazy-refcounts=false, refcount-bits=16,"
            + " data-file=data-file-raw.raw, data-file-raw=true, corrupt=false,"
            + " extended-l2=false}",
        info("data-file-raw.qcow2").details().toString());
    assertEquals(false, info("data-file.qcow2").details().get("data-file-raw"));
  }

  @Test
  void asksThePolicyForTheDataFile() throws IOException {
    try (ImageChain chain = open("data-file.qcow2", ReferencePolicy.deny())) {
      assertThrows(ReferenceDeniedException.class, chain::map);
    }
  }

  @Test
  void namesTheParentWithItsFormatOrWithout() throws IOException {
    assertEquals(
        new ParentReference("chain-middle.qcow2", Optional.of("qcow2")), parent("chain-top.qcow2"));
    assertEquals(
        new ParentReference("chain-base.qcow2", Optional.empty()), parent("chain-middle.qcow2"));
  }

  @Test
  void listsBitmaps() throws IOException {
    assertEquals(
        "[{flags=[auto], name=daily, granularity=4096}, {flags=[], name=weekly,"
            + " granularity=16384}]",
        info("bitmaps.qcow2").details().get("bitmaps").toString());
  }

  @Test
  void readsBitmaps() throws IOException {
    try (ImageChain chain = open("bitmaps.qcow2", ReferencePolicy.deny())) {
      List<DirtyBitmap> bitmaps = chain.top().image().dirtyBitmaps();
      assertEquals(2, bitmaps.size());
      assertEquals(new DirtyBitmap.Run(65536, false), bitmaps.get(0).runAt(0, 1 << 20));
      assertEquals(new DirtyBitmap.Run(69632, true), bitmaps.get(0).runAt(65536, 1 << 20));
      assertEquals(new DirtyBitmap.Run(1 << 20, false), bitmaps.get(0).runAt(69632, 1 << 20));
      assertEquals(new DirtyBitmap.Run(1 << 20, false), bitmaps.get(1).runAt(0, 1 << 20));
    }
  }

  @Test
  void listsSnapshotsWithTheirSizes() throws IOException {
    ImageInfo info = info("snapshots.qcow2");
    assertEquals(
        List.of("1 first 65536", "2 second 98304"),
        info.snapshots().stream()
            .map(s -> s.id() + " " + s.name() + " " + s.virtualSize())
            .toList());
    assertEquals(0, info.snapshots().getFirst().icount().orElseThrow());
    assertTrue(info.snapshots().getFirst().dateSeconds() > 1_600_000_000);
  }

  @Test
  void describesEncryptedDisksAndReadsThemWithTheirPassphraseAlone() throws IOException {
    ImageInfo aes = info("aes.qcow2");
    assertTrue(aes.encrypted());
    assertEquals(Map.of("format", "aes"), aes.details().get("encrypt"));
    ImageInfo luks = info("luks.qcow2");
    assertTrue(luks.encrypted());
    assertTrue(
        luks.details()
            .get("encrypt")
            .toString()
            .startsWith(
                "{ivgen-alg=plain64, detached-header=false, hash-alg=sha256, cipher-alg=aes-128,"),
        luks.details().toString());
    for (String name : List.of("aes", "luks")) {
      try (ImageChain chain = open(name + ".qcow2", ReferencePolicy.deny())) {
        IllegalOptionException refused = assertThrows(IllegalOptionException.class, chain::map);
        assertTrue(refused.getMessage().contains("'encrypt.key-secret' is"), refused::getMessage);
      }
      try (FileStorage storage = FileStorage.openForReading(Golden.path(name + ".qcow2"));
          DiskImage image =
              new Qcow2Format().open(storage, Passphrase.of("platter").request(name))) {
        assertEquals(64 << 10, image.map().size());
      }
    }
    try (FileStorage storage = FileStorage.openForReading(Golden.path("luks.qcow2"));
        DiskImage image = new Qcow2Format().open(storage, Passphrase.of("other").request("luks"))) {
      IllegalOptionException refused = assertThrows(IllegalOptionException.class, image::map);
      assertTrue(refused.getMessage().contains("Invalid password"), refused::getMessage);
    }
    try (FileStorage storage = FileStorage.openForReading(Golden.path("luks.qcow2"));
        DiskImage image =
            new Qcow2Format().open(storage, Passphrase.of("platter").request("aes"))) {
      IllegalOptionException refused = assertThrows(IllegalOptionException.class, image::map);
      assertTrue(refused.getMessage().contains("reported 'luks'"), refused::getMessage);
    }
  }

  @Test
  void tellsOfHeaderFlags() throws IOException {
    assertTrue(info("dirty.qcow2").dirty());
    assertEquals(true, info("corrupt.qcow2").details().get("corrupt"));
  }

  @Test
  void refusesFeaturesThatItDoesNotKnow() {
    UnsupportedFeatureException refused =
        assertThrows(UnsupportedFeatureException.class, () -> info("unknown-feature.qcow2"));
    assertTrue(
        refused
            .getMessage()
            .endsWith(
                "Unsupported qcow2 feature(s): Unknown incompatible feature: 8000000000000000"),
        refused::getMessage);
  }

  private static ImageChain open(String name, ReferencePolicy policy) throws IOException {
    return ImageChain.open(
        Golden.path(name),
        ImageChain.Options.of(ImageFormats.present(), policy, StorageOpener.READING)
            .withFollowParents(policy != ReferencePolicy.deny()));
  }

  private static ImageInfo info(String name) throws IOException {
    try (Storage storage = FileStorage.openForReading(Golden.path(name));
        DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict())) {
      return image.info();
    }
  }

  private static ParentReference parent(String name) throws IOException {
    try (Storage storage = FileStorage.openForReading(Golden.path(name));
        DiskImage image = new Qcow2Format().open(storage, OpenRequest.strict())) {
      return image.parent().orElseThrow();
    }
  }

  private static Snapshot snapshot(ImageChain chain, String name) throws IOException {
    return chain.top().image().info().snapshots().stream()
        .filter(snapshot -> snapshot.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static String digest(BlockMap map) throws IOException {
    try (Arena arena = Arena.ofConfined();
        GuestReader reader = new GuestReader()) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      MemorySegment buffer = arena.allocate(1 << 16);
      for (long at = 0; at < map.size(); at += buffer.byteSize()) {
        MemorySegment part = buffer.asSlice(0, Math.min(buffer.byteSize(), map.size() - at));
        reader.read(map, at, part);
        digest.update(part.asByteBuffer());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
