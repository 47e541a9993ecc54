package dev.platter.raw;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.Piece;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class IsoFormatTest {
  private static final IsoFormat ISO = new IsoFormat();

  private static Map<String, Object> told(MemoryStorage storage) throws IOException {
    try (DiskImage image = ISO.open(storage, OpenRequest.strict())) {
      return image.info().more();
    }
  }

  @Test
  void isFoundByNameAndByContentButNotAsQemuImgProbes() throws IOException {
    ImageFormats formats = ImageFormats.present();
    MemoryStorage disc = new HandMadeDisc().storage();
    assertEquals("iso", formats.named("iso").orElseThrow().name());
    assertEquals("iso", formats.probe(disc).orElseThrow().name());
    assertEquals("raw", formats.withoutTails().probe(disc).orElseThrow().name());
  }

  @Test
  void aDiscOfUdfAloneIsOneToo() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    Arrays.fill(disc.bytes.array(), (byte) 0);
    disc.descriptor(16, 0, "BEA01").descriptor(17, 0, "NSR03").descriptor(18, 0, "TEA01");
    assertEquals("iso", ImageFormats.present().probe(disc.storage()).orElseThrow().name());
    assertEquals(List.of("UDF"), told(disc.storage()).get("file-systems"));
  }

  @Test
  void whatIsNoDiscIsRaw() throws IOException {
    byte[] noise = new byte[1 << 16];
    new Random(1).nextBytes(noise);
    for (byte[] bytes : List.of(new byte[0], new byte[32_773], new byte[1 << 16], noise)) {
      MemoryStorage storage = MemoryStorage.of("no.iso", bytes);
      assertEquals("raw", ImageFormats.present().probe(storage).orElseThrow().name());
      CorruptImageException e =
          assertThrows(CorruptImageException.class, () -> ISO.open(storage, OpenRequest.strict()));
      assertTrue(e.getMessage().contains("no.iso"), e.getMessage());
    }
  }

  @Test
  void infoTellsWhatTheDescriptorsSay() throws IOException {
    Map<String, Object> more = told(new HandMadeDisc().storage());
    assertEquals(List.of("ISO 9660"), more.get("file-systems"));
    assertEquals("A VOLUME", more.get("volume-id"));
    assertEquals("SOME TOOL", more.get("application"));
    assertNull(more.get("publisher"));
    assertEquals("2026-11-21T02:45:58Z", more.get("created"));
    assertEquals(20L * 2048, more.get("declared-size"));
    assertNull(more.get("truncated"));
    assertEquals(
        List.of(
            Map.of("platform", "BIOS", "emulation", "none", "offset", 7L * 2048),
            Map.of("platform", "UEFI", "emulation", "none", "offset", 9L * 2048)),
        more.get("boot-entries"));
    assertNull(more.get("isohybrid"));
  }

  @Test
  void aDownloadThatWasCutOffIsSaidToBeOne() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    disc.bytes.putInt(HandMadeDisc.PRIMARY + 80, 30);
    Map<String, Object> more = told(disc.storage());
    assertEquals(true, more.get("truncated"));
    assertEquals(10L * 2048, more.get("missing-bytes"));
    MemoryStorage early =
        MemoryStorage.of(
            "early.iso", Arrays.copyOf(disc.bytes.array(), HandMadeDisc.PRIMARY + 100));
    assertEquals("iso", ImageFormats.present().probe(early).orElseThrow().name());
    assertEquals(List.of(), told(early).get("file-systems"));
  }

  @Test
  void readsAsTheBytesItIs() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    try (DiskImage image = ISO.open(disc.storage(), OpenRequest.strict());
        GuestReader reader = new GuestReader()) {
      byte[] bytes = new byte[(int) image.map().size()];
      reader.read(image.map(), 0, MemorySegment.ofArray(bytes));
      assertArrayEquals(disc.bytes.array(), bytes);
    }
  }

  @Test
  void aDiscIsWrittenAsTheBytesItIs() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    MemoryTarget target = new MemoryTarget();
    try (DiskImage image = ISO.open(disc.storage(), OpenRequest.strict());
        ImageWriter writer = ISO.create(request(image.map().size(), target))) {
      PlainMover.move(image.map(), writer, false, false, 1);
    }
    assertArrayEquals(disc.bytes.array(), ((MemoryStorage) target.storage()).toByteArray());
  }

  @Test
  void whatIsNoDiscIsNotMadeOne() throws IOException {
    MemoryTarget target = new MemoryTarget();
    try (ImageWriter writer = ISO.create(request(1 << 20, target))) {
      writer.reserve(new Chunk(0, 1 << 20, List.of(new Piece.Zero(0, 1 << 20))));
      UnsupportedFeatureException e =
          assertThrows(UnsupportedFeatureException.class, writer::finish);
      assertTrue(e.getMessage().contains("ISO 9660"), e.getMessage());
    }
  }

  private static CreateRequest request(long size, MemoryTarget target) {
    return new CreateRequest(size, FormatOptions.none(), false, Optional.empty(), target);
  }

  @Test
  void controlCharactersInTextsAreNotPassedOn() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    disc.text(HandMadeDisc.PRIMARY + 40, "\u001b[31mRED\n", 32);
    assertEquals("?[31mRED?", told(disc.storage()).get("volume-id"));
  }

  @Test
  void timesThatCannotBeAreLeftOut() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    for (String time : List.of("0000000000000000", "2026133104455800", "20261121        ")) {
      disc.text(HandMadeDisc.PRIMARY + 813, time, 16);
      assertNull(told(disc.storage()).get("created"), time);
    }
    disc.text(HandMadeDisc.PRIMARY + 813, "2026112104455800", 16);
    disc.bytes.put(HandMadeDisc.PRIMARY + 829, (byte) 127);
    assertNull(told(disc.storage()).get("created"));
  }

  @Test
  void bootCatalogsThatLieAreNotFollowedFar() throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    disc.bytes.putShort(HandMadeDisc.CATALOG + 66, (short) -1);
    Arrays.fill(
        disc.bytes.array(), HandMadeDisc.CATALOG + 96, HandMadeDisc.CATALOG + 2048, (byte) 0x88);
    assertEquals(62, ((List<?>) told(disc.storage()).get("boot-entries")).size());
    disc.bytes.putInt(HandMadeDisc.BOOT + 71, -1);
    assertNull(told(disc.storage()).get("boot-entries"));
  }

  @Test
  void descriptorsWithoutEndAreReadOnlySoFar() {
    HandMadeDisc disc = new HandMadeDisc();
    MemoryStorage endless = new MemoryStorage("endless.iso");
    assertTimeoutPreemptively(
        Duration.ofSeconds(5),
        () -> {
          for (int i = 0; i < 5000; i++) {
            endless.write(
                (long) (16 + i) * 2048,
                MemorySegment.ofArray(disc.bytes.array()).asSlice(HandMadeDisc.PRIMARY, 2048));
          }
          assertEquals("A VOLUME", told(endless).get("volume-id"));
        });
  }

  @Property(tries = 500)
  void damagedDiscsAreToldAndReadAllTheSame(@ForAll Random random) throws IOException {
    HandMadeDisc disc = new HandMadeDisc();
    disc.descriptor(18, 0, "NSR02");
    byte[] bytes = disc.bytes.array();
    for (int i = random.nextInt(1, 40); i > 0; i--) {
      bytes[HandMadeDisc.PRIMARY + 6 + random.nextInt(4 * 2048 - 6)] = (byte) random.nextInt(256);
    }
    byte[] cut = Arrays.copyOf(bytes, random.nextInt(HandMadeDisc.PRIMARY + 6, bytes.length + 1));
    MemoryStorage storage = MemoryStorage.of("damaged.iso", cut);
    for (Object value : told(storage).values()) {
      assertTrue(value.toString().indexOf('\n') < 0);
    }
  }
}
