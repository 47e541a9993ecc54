package dev.platter.ova;

import static dev.platter.ova.HandMadeOva.VMDK_URI;
import static dev.platter.ova.HandMadeOva.content;
import static dev.platter.ova.HandMadeOva.disk;
import static dev.platter.ova.HandMadeOva.envelope;
import static dev.platter.ova.HandMadeOva.file;
import static dev.platter.ova.HandMadeOva.stream;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.Limits;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.ImageFormats;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ModelDisk;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OvaReadTest {
  private static final int SIZE = 1 << 20;

  private static ModelDisk model(int seed) throws IOException {
    return ModelDisk.random(seed, SIZE, 4096);
  }

  private static HandMadeOva twoDisks() throws IOException {
    return new HandMadeOva()
        .with(
            "app.ovf",
            envelope(
                file("f1", "a.vmdk", "") + file("f2", "b.vmdk", ""),
                disk("system", "f1", "" + SIZE, VMDK_URI)
                    + disk("data", "f2", "" + SIZE, VMDK_URI)
                    + "<Disk ovf:diskId=\"new\" ovf:capacity=\"3\""
                    + " ovf:capacityAllocationUnits=\"byte * 2^20\"/>"))
        .with("a.vmdk", stream(model(1)))
        .with("b.vmdk", stream(model(2)));
  }

  @Test
  void theOnlyDiskIsReadOutOfTheTar() throws IOException {
    ModelDisk model = model(3);
    assertArrayEquals(model.content(), content(HandMadeOva.single(stream(model), SIZE).open()));
  }

  @Test
  void tellsOfMachineHardwareAndDisks() throws IOException {
    try (DiskImage image = twoDisks().open()) {
      Map<String, Object> details = image.info().details();
      Map<?, ?> machine = (Map<?, ?>) ((List<?>) details.get("systems")).getFirst();
      assertEquals("web", machine.get("name"));
      assertEquals("Ubuntu (64-bit)", machine.get("guest-os"));
      assertEquals("vmx-13", machine.get("hardware"));
      assertEquals(2L, machine.get("cpus"));
      assertEquals(2048L << 20, machine.get("memory"));
      assertEquals(List.of("Ethernet 1 (VmxNet3)"), machine.get("devices"));
      List<?> disks = (List<?>) details.get("disks");
      assertEquals(3, disks.size());
      assertEquals("system", ((Map<?, ?>) disks.get(0)).get("name"));
      assertEquals("b.vmdk", ((Map<?, ?>) disks.get(1)).get("file"));
      assertEquals(3L << 20, ((Map<?, ?>) disks.get(2)).get("capacity"));
      assertEquals("none", details.get("manifest"));
      assertEquals(5L << 20, image.info().virtualSize());
    }
  }

  @Test
  void diskIsChosenByNameByFileOrByNumber() throws IOException {
    byte[] first = model(1).content();
    byte[] second = model(2).content();
    assertArrayEquals(first, content(twoDisks().open("system")));
    assertArrayEquals(first, content(twoDisks().open("1")));
    assertArrayEquals(second, content(twoDisks().open("data")));
    assertArrayEquals(second, content(twoDisks().open("b.vmdk")));
    assertArrayEquals(second, content(twoDisks().open("2")));
    assertArrayEquals(new byte[3 << 20], content(twoDisks().open("new")));
  }

  @Test
  void severalDisksWithoutAChoiceAreListedInTheError() throws IOException {
    try (DiskImage image = twoDisks().open()) {
      String message = assertThrows(UnsupportedFeatureException.class, image::map).getMessage();
      assertTrue(message.contains("--disk") && message.contains("2: 'data' (b.vmdk"), message);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "4", "nothing", "", "99999999999"})
  void aDiskThatIsNotThereIsRefused(String disk) {
    assertThrows(UnsupportedFeatureException.class, () -> twoDisks().open(disk));
  }

  @ParameterizedTest
  @ValueSource(strings = {"SHA-1", "SHA-256", "SHA-512"})
  void manifestIsVerified(String algorithm) throws Exception {
    ModelDisk model = model(4);
    HandMadeOva ova = HandMadeOva.single(stream(model), SIZE).withManifest("app.mf", algorithm);
    assertArrayEquals(model.content(), content(ova.open()));
    try (DiskImage image = ova.open()) {
      assertEquals(algorithm, image.info().details().get("manifest"));
    }
  }

  @Test
  void aCertificateIsToldOf() throws Exception {
    HandMadeOva ova =
        HandMadeOva.single(stream(model(4)), SIZE)
            .withManifest("app.mf", "SHA-256")
            .with("app.cert", "SHA256(app.mf)= 00\n");
    try (DiskImage image = ova.open()) {
      assertEquals("present, not verified", image.info().details().get("signature"));
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(packed)) {
      stream.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void gzippedDiskIsRead() throws Exception {
    ModelDisk model = model(5);
    HandMadeOva ova =
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(
                    file("f", "d.vmdk.gz", "ovf:compression=\"gzip\""),
                    disk("d", "f", "" + SIZE, VMDK_URI)))
            .with("d.vmdk.gz", gzip(stream(model)))
            .withManifest("app.mf", "SHA-256");
    assertArrayEquals(model.content(), content(ova.open()));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void chunksAreReadAsOneFile(boolean packed) throws Exception {
    ModelDisk model = model(6);
    byte[] file = packed ? gzip(stream(model)) : stream(model);
    String more = "ovf:size=\"" + file.length + "\" ovf:chunkSize=\"1000\"";
    more += packed ? " ovf:compression=\"gzip\"" : "";
    HandMadeOva ova =
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(file("f", "d.vmdk", more), disk("d", "f", "" + SIZE, VMDK_URI)));
    for (int at = 0; at < file.length; at += 1000) {
      ova.with(
          "d.vmdk.%09d".formatted(at / 1000),
          Arrays.copyOfRange(file, at, Math.min(file.length, at + 1000)));
    }
    assertTrue(file.length > 2000, "several chunks");
    assertArrayEquals(model.content(), content(ova.withManifest("app.mf", "SHA-256").open()));
  }

  @Test
  void aDiskOfSeveralFilesFindsThemInTheTar() throws IOException {
    byte[] flat = model(7).content();
    String descriptor =
        """
        # Disk DescriptorFile
        version=1
        CID=fffffffe
        parentCID=ffffffff
        createType="monolithicFlat"
        RW %d FLAT "d-flat.vmdk" 0
        """
            .formatted(SIZE / 512);
    HandMadeOva ova =
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(
                    file("f", "d.vmdk", "") + file("g", "d-flat.vmdk", ""),
                    disk("d", "f", "" + SIZE, VMDK_URI)))
            .with("d.vmdk", descriptor)
            .with("d-flat.vmdk", flat);
    assertArrayEquals(flat, content(ova.open()));
  }

  @Test
  void envelopeIsReadBesideItsFiles() throws IOException {
    ModelDisk model = model(8);
    String text = envelope(file("f", "my%20disk.vmdk", ""), disk("d", "f", "" + SIZE, VMDK_URI));
    byte[] disk = stream(model);
    OpenRequest request =
        new OpenRequest(
            Limits.DEFAULT,
            reference -> {
              if (reference.name().equals("my disk.vmdk")) {
                return MemoryStorage.of(reference.name(), disk);
              }
              throw new NoSuchFileException(reference.name());
            });
    MemoryStorage ovf = MemoryStorage.of("dir/app.ovf", text.getBytes(StandardCharsets.UTF_8));
    assertEquals("ova", ImageFormats.present().probe(ovf).orElseThrow().name());
    assertArrayEquals(model.content(), content(new OvaFormat().open(ovf, request)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"${disk.size}", "${none}", "VMDK_DISK_SIZE", "8", "", "-1"})
  void capacityThatIsNotSaidPlainlyIsTheDisksOwn(String capacity) throws IOException {
    ModelDisk model = model(9);
    String property =
        "<ProductSection><Property ovf:key=\"disk.size\" ovf:value=\"" + SIZE + "\"/>";
    String text =
        envelope(file("f", "d.vmdk", ""), disk("d", "f", capacity, VMDK_URI))
            .replace(
                "<VirtualHardwareSection>", property + "</ProductSection><VirtualHardwareSection>");
    HandMadeOva ova = new HandMadeOva().with("app.ovf", text).with("d.vmdk", stream(model));
    try (DiskImage image = ova.open()) {
      assertEquals(SIZE, image.info().virtualSize());
      assertEquals(1, image.remarks().size());
      assertTrue(
          image.remarks().getFirst().contains("'" + capacity + "'"), image.remarks()::toString);
      assertEquals(image.remarks(), image.info().details().get("remarks"));
      assertArrayEquals(model.content(), content(image));
    }
  }

  @Test
  void theEnvelopeMayBeAnywhereAndTheHeadersOld() throws IOException {
    ModelDisk model = model(9);
    String text = envelope(file("f", "d.vmdk", ""), disk("d", "f", "" + SIZE, VMDK_URI));
    byte[] tar = new HandMadeOva().with("d.vmdk", stream(model)).with("app.ovf", text).bytes();
    assertRead(model, tar);
    byte[] old = tar.clone();
    for (int at = 0; at + 512 <= old.length && old[at] != 0; ) {
      ByteBuffer header = ByteBuffer.wrap(old, at, 512).slice();
      Arrays.fill(old, at + 257, at + 512, (byte) 0);
      old[at + 156] = 0;
      Arrays.fill(old, at + 148, at + 156, (byte) ' ');
      int sum = 0;
      for (int i = 0; i < 512; i++) {
        sum += header.get(i) & 0xFF;
      }
      byte[] octal = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
      header.put(148, octal);
      int size = Integer.parseInt(new String(old, at + 124, 11, StandardCharsets.US_ASCII), 8);
      at += 512 + (size + 511) / 512 * 512;
    }
    assertRead(model, old);
    old[100] ^= 1;
    assertEquals("", probed(old));
    assertEquals("", probed(new HandMadeOva().with("d.vmdk", stream(model)).bytes()));
  }

  private static void assertRead(ModelDisk model, byte[] tar) throws IOException {
    assertEquals("ova", probed(tar));
    MemoryStorage storage = MemoryStorage.of("app.ova", tar);
    assertArrayEquals(
        model.content(), content(new OvaFormat().open(storage, OpenRequest.strict())));
  }

  private static String probed(byte[] tar) throws IOException {
    String name = ImageFormats.present().probe(MemoryStorage.of("a", tar)).orElseThrow().name();
    return name.equals("ova") ? name : "";
  }

  @Test
  void asQemuImgAnApplianceIsNotLookedInto() throws IOException {
    var storage = HandMadeOva.single(stream(model(1)), SIZE).storage();
    assertEquals("ova", ImageFormats.present().probe(storage).orElseThrow().name());
    ImageFormats asQemuImg = ImageFormats.present().withoutTails();
    assertEquals("raw", asQemuImg.probe(storage).orElseThrow().name());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1024|byte", "1|byte * 2^10", "1|KiloBytes", "512|byte * 2", "1024|byte * 1024^0"})
  void capacityUnitsAreUnderstood(String text) {
    String[] parts = text.split("\\|");
    assertEquals(1024, AllocationUnits.bytes(parts[0], parts[1]).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9223372036854775807|byte * 2^1",
        "1|byte * 2^99",
        "-1|byte",
        "1|furlong",
        "1|byte * 2^10 x",
        "99999999999999999999|byte",
        "|byte",
        "1|byte * 9999999999^99"
      })
  void impossibleCapacitiesAreNotNumbers(String text) {
    String[] parts = text.split("\\|");
    assertTrue(AllocationUnits.bytes(parts[0], parts[1]).isEmpty());
  }
}
