package dev.platter.service.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.spi.ImageFormats;
import dev.platter.service.SampleImages;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** What streams are, however they are cut. */
class ImageInspectorTest {
  static final List<SampleImages.Kind> KINDS = SampleImages.KINDS;

  private static final ImageFormats FORMATS = ImageFormats.present();
  static final List<byte[]> IMAGES = images();

  private static List<byte[]> images() {
    try {
      List<byte[]> images = new ArrayList<>();
      for (SampleImages.Kind kind : SampleImages.KINDS) {
        images.add(SampleImages.of(kind));
      }
      images.add(SampleImages.of("ova", ""));
      images.add(disc());
      images.add(new byte[0]);
      images.add(new byte[511]);
      images.add(disc2048WithPartitions());
      images.add(new byte[700_000]);
      return images;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The least that is a disc: a primary descriptor and the end of the set. */
  private static byte[] disc() {
    byte[] disc = new byte[600 << 10];
    byte[] primary = "\1CD001\1".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(primary, 0, disc, 0x8000, primary.length);
    byte[] volume = "PLATTER_DISC                    ".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(volume, 0, disc, 0x8000 + 40, volume.length);
    byte[] end = "\377CD001\1".getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(end, 0, disc, 0x8800, end.length);
    return disc;
  }

  private static byte[] disc2048WithPartitions() {
    byte[] disc = disc();
    disc[510] = 0x55;
    disc[511] = (byte) 0xAA;
    disc[446 + 4] = 0x17;
    disc[446 + 16 + 4] = (byte) 0xEE;
    return disc;
  }

  static Inspection stream(byte[] image, int... cuts) throws IOException {
    ImageInspector inspector = new ImageInspector(FORMATS);
    int at = 0;
    for (int i = 0; at < image.length; i++) {
      int part =
          Math.min(image.length - at, cuts.length == 0 ? image.length : cuts[i % cuts.length]);
      if (i % 2 == 0) {
        inspector.feed(ByteBuffer.wrap(image, at, part));
      } else {
        inspector.feed(MemorySegment.ofArray(image).asSlice(at, part));
      }
      at += part;
    }
    return inspector.finish();
  }

  @ParameterizedTest
  @FieldSource("KINDS")
  void tellsFormatAndSize(SampleImages.Kind kind) throws IOException {
    Inspection found = stream(SampleImages.of(kind));
    assertEquals(kind.diskFormat(), found.diskFormat());
    assertEquals(OptionalLong.of(SampleImages.DISK), found.virtualSize());
    assertEquals("bare", found.containerFormat());
    assertEquals(List.of(), found.dangers());
    assertTrue(found.claims().contains(kind.diskFormat()));
  }

  /** Blocks of any size, down to single bytes around the places where decisions fall. */
  @Property(tries = 60)
  void theCutsDoNotMatter(
      @ForAll @IntRange(min = 0, max = 16) int number, @ForAll long seed, @ForAll boolean tiny)
      throws IOException {
    byte[] image = IMAGES.get(number % IMAGES.size());
    Random random = new Random(seed);
    int[] cuts = new int[1 + random.nextInt(8)];
    for (int i = 0; i < cuts.length; i++) {
      cuts[i] = 1 + random.nextInt(tiny ? 700 : 900_000);
    }
    assertEquals(stream(image), stream(image, cuts));
  }

  @Test
  void aStreamIsTheSameAsAFile() throws IOException {
    for (byte[] image : IMAGES) {
      MemoryStorage file = new MemoryStorage("image");
      file.write(0, MemorySegment.ofArray(image));
      Inspection fromFile = ImageInspector.inspect(file, FORMATS);
      Inspection fromStream = stream(image, 4096);
      if (fromFile.containerFormat().equals("ova")) {
        assertEquals("ova", fromStream.containerFormat());
        assertEquals(OptionalLong.of(SampleImages.DISK), fromFile.virtualSize());
      } else {
        assertEquals(fromFile, fromStream);
      }
    }
  }

  @Test
  void tellsTheFormatEarly() throws IOException {
    ImageInspector inspector = new ImageInspector(FORMATS);
    byte[] image = SampleImages.of("qcow2", "");
    inspector.feed(ByteBuffer.wrap(image, 0, PassingStorage.HEAD - 1));
    assertTrue(inspector.earlyFormat().isEmpty());
    inspector.feed(ByteBuffer.wrap(image, PassingStorage.HEAD - 1, 1));
    assertEquals("qcow2", inspector.earlyFormat().orElseThrow());
  }

  @Test
  void tellsWhatAVmdkSaysOfItself() throws IOException {
    Inspection found =
        stream(SampleImages.of("vmdk", "subformat=streamOptimized,adapter_type=buslogic"));
    assertEquals("streamOptimized", found.subformat().orElseThrow());
    assertEquals("streamOptimized", found.properties().get("vmware_disktype"));
    assertEquals("busLogic", found.properties().get("vmware_adaptertype"));
    assertEquals("4", found.properties().get("vmware_hw_version"));
  }

  @Test
  void tellsTheVolumeOfADisc() throws IOException {
    Inspection found = stream(disc());
    assertEquals("iso", found.diskFormat());
    assertEquals(Map.of("iso_volume_id", "PLATTER_DISC"), found.properties());
    assertTrue(stream(disc2048WithPartitions()).safe(), "a disc may be a disk, too");
  }

  /** A guest can write a footer into its last sector, so the user may insist on raw. */
  @Test
  void aFooterAloneLeavesTheChoiceToTheUser() throws IOException {
    byte[] fixed = SampleImages.of("vpc", "subformat=fixed");
    Inspection found = stream(fixed);
    assertEquals(Set.of("vhd", "raw", "aki", "ari", "ami"), found.claims());
    Inspection raw = found.claimed("raw");
    assertEquals("raw", raw.diskFormat());
    assertEquals(OptionalLong.of(fixed.length), raw.virtualSize());
  }

  /** {@code ami} is a name that users may give to raw disks, and none that is found. */
  @Test
  void aFileSystemWithoutPartitionsIsRaw() throws IOException {
    byte[] disk = new byte[1 << 16];
    disk[1080] = 0x53;
    disk[1081] = (byte) 0xEF;
    Inspection found = stream(disk);
    assertEquals("raw", found.diskFormat());
    assertTrue(found.safe(), found::toString);
    assertTrue(found.claims().contains("ami"), found::toString);
    assertEquals("ami", found.claimed("ami").diskFormat());
  }

  @Test
  void tellsContainers() throws IOException {
    assertEquals("compressed", stream(new byte[] {0x1f, (byte) 0x8b, 8, 0, 0}).containerFormat());
    byte[] tar = new byte[10240];
    byte[] name = "manifest.json".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(name, 0, tar, 0, name.length);
    System.arraycopy("ustar".getBytes(StandardCharsets.US_ASCII), 0, tar, 257, 5);
    assertEquals("docker", stream(tar).containerFormat());
    byte[] plain = tar.clone();
    plain[0] = 'x';
    assertEquals("bare", stream(plain).containerFormat());
  }
}
