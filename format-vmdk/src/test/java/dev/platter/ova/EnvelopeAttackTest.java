package dev.platter.ova;

import static dev.platter.ova.HandMadeOva.VMDK_URI;
import static dev.platter.ova.HandMadeOva.content;
import static dev.platter.ova.HandMadeOva.disk;
import static dev.platter.ova.HandMadeOva.envelope;
import static dev.platter.ova.HandMadeOva.file;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.ImageException;
import dev.platter.image.ImageInfo;
import dev.platter.image.ReferenceDeniedException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.Storage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One test per lie of the envelope, and of the disks that it names. */
final class EnvelopeAttackTest extends OvaAttack {
  @Test
  void twoEnvelopes() throws IOException {
    refused(
        CorruptImageException.class, "has 2 .ovf files", single().with("b.ovf", envelope("", "")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/passwd",
        "../secret.vmdk",
        "a/../../b",
        "..",
        "file:///etc/passwd",
        "a\\b",
        "%2e%2e/secret.vmdk",
        "%2Fetc/passwd"
      })
  void fileOutsideOfTheAppliance(String href) {
    HandMadeOva ova =
        new HandMadeOva()
            .with("app.ovf", envelope(file("f", href, ""), disk("d", "f", "" + SIZE, VMDK_URI)));
    assertThrows(
        ImageException.class,
        () -> {
          try (DiskImage image = ova.open()) {
            image.map();
          }
        });
    OpenRequest everything =
        new OpenRequest(
            dev.platter.image.Limits.DEFAULT,
            reference -> {
              boolean harmless =
                  reference.name().equals("app.mf")
                      || reference.name().equals("app.cert")
                      || reference.name().equals(href) && href.startsWith("%");
              assertTrue(harmless, "asked for " + reference.name());
              throw new java.nio.file.NoSuchFileException(reference.name());
            });
    Storage ovf =
        MemoryStorage.of(
            "app.ovf",
            envelope(file("f", href, ""), disk("d", "f", "" + SIZE, VMDK_URI))
                .getBytes(StandardCharsets.UTF_8));
    assertThrows(ImageException.class, () -> content(new OvaFormat().open(ovf, everything)));
  }

  @Test
  void fileOnTheNetwork() {
    refused(
        UnsupportedFeatureException.class,
        "on the network",
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(
                    file("f", "http://169.254.169.254/x", ""),
                    disk("d", "f", "" + SIZE, VMDK_URI))));
  }

  @Test
  void diskInsideThatNamesAFileOfTheHost() throws IOException {
    String descriptor =
        "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n"
            + "createType=\"monolithicFlat\"\nRW 1 FLAT \"/etc/passwd\" 0\n";
    HandMadeOva ova = single().with("disk.vmdk", descriptor);
    assertThrows(ReferenceDeniedException.class, () -> content(ova.open()));
  }

  @Test
  void missingFile() {
    refused(
        CorruptImageException.class,
        "there is no file 'gone.vmdk'",
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(file("f", "gone.vmdk", ""), disk("d", "f", "" + SIZE, VMDK_URI))));
  }

  @Test
  void diskInAFileThatIsNotDeclared() {
    refused(
        CorruptImageException.class,
        "which the envelope does not name",
        new HandMadeOva().with("app.ovf", envelope("", disk("d", "nothing", "" + SIZE, VMDK_URI))));
  }

  @Test
  void twoDisksOrFilesOfOneId() {
    String one = disk("d", "f", "" + SIZE, VMDK_URI);
    refused(
        CorruptImageException.class,
        "two disks",
        new HandMadeOva().with("app.ovf", envelope(file("f", "a", ""), one + one)));
    refused(
        CorruptImageException.class,
        "two files",
        new HandMadeOva().with("app.ovf", envelope(file("f", "a", "") + file("f", "b", ""), one)));
  }

  @Test
  void billionLaughs() {
    StringBuilder text = new StringBuilder("<?xml version=\"1.0\"?><!DOCTYPE Envelope [");
    text.append("<!ENTITY a0 \"ha\">");
    for (int i = 1; i < 40; i++) {
      String below = "&a" + (i - 1) + ";";
      text.append("<!ENTITY a" + i + " \"" + below.repeat(10) + "\">");
    }
    text.append("]><Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\">&a39;</Envelope>");
    refused(
        CorruptImageException.class,
        "document type",
        new HandMadeOva().with("app.ovf", text.toString()));
  }

  @Test
  void externalEntity() {
    String text =
        "<!DOCTYPE Envelope [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>"
            + "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\">&x;</Envelope>";
    refused(CorruptImageException.class, "document type", new HandMadeOva().with("app.ovf", text));
  }

  @Test
  void envelopeOfManyMegabytes() {
    byte[] text = new byte[EnvelopeParser.MAX_BYTES + 1];
    Arrays.fill(text, (byte) ' ');
    refused(CorruptImageException.class, "at most", new HandMadeOva().with("app.ovf", text));
  }

  @Test
  void elementsNestedWithoutEnd() {
    String text = "<Envelope>" + "<a>".repeat(100_000);
    refused(CorruptImageException.class, "nested", new HandMadeOva().with("app.ovf", text));
  }

  @Test
  void filesWithoutNumber() {
    StringBuilder files = new StringBuilder();
    StringBuilder disks = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      files.append("<File ovf:id='").append(i).append("' ovf:href='a'/>");
      disks.append("<Disk ovf:diskId='").append(i).append("' ovf:capacity='1'/>");
    }
    String more = "more than 4096";
    refused(
        CorruptImageException.class,
        more,
        new HandMadeOva().with("app.ovf", envelope(files.toString(), "")));
    refused(
        CorruptImageException.class,
        more,
        new HandMadeOva().with("app.ovf", envelope("", disks.toString())));
  }

  @Test
  void hardwareWithoutNumber() {
    StringBuilder text = new StringBuilder("<Envelope><VirtualSystem><Item>");
    for (int i = 0; i < 100_000; i++) {
      text.append("<a").append(i).append("/>");
    }
    text.append("</Item>").append("<Item></Item>".repeat(300_000));
    text.append("</VirtualSystem></Envelope>");
    refused(
        UnsupportedFeatureException.class,
        "has no disk",
        new HandMadeOva().with("app.ovf", text.toString()));
  }

  @Test
  void otherXml() {
    refused(
        CorruptImageException.class, "'Envelope'", new HandMadeOva().with("app.ovf", "<html/>"));
    refused(
        CorruptImageException.class,
        "not well-formed",
        new HandMadeOva().with("app.ovf", "<Envelope><References>"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "abc", "99999999999999999999", "", "${size}", "VMDK_DISK_SIZE"})
  void capacityThatIsNoNumberOfADiskWithoutAFile(String capacity) throws IOException {
    String disk = "<Disk ovf:diskId=\"d\" ovf:capacity=\"" + capacity + "\"/>";
    try (DiskImage image = new HandMadeOva().with("app.ovf", envelope("", disk)).open()) {
      CorruptImageException e = assertThrows(CorruptImageException.class, image::map);
      assertTrue(e.getMessage().contains("capacity"), e.getMessage());
      assertEquals(ImageInfo.UNKNOWN_SIZE, image.info().virtualSize());
    }
  }

  @Test
  void fileOfAnotherSizeThanDeclared() throws IOException {
    refused(
        CorruptImageException.class,
        "the envelope says 17",
        single()
            .with(
                "app.ovf",
                envelope(
                    file("f", "disk.vmdk", "ovf:size=\"17\""),
                    disk("d", "f", "" + SIZE, VMDK_URI))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ovf:size=\"9223372036854775807\" ovf:chunkSize=\"1\"",
        "ovf:size=\"5\" ovf:chunkSize=\"0\"",
        "ovf:chunkSize=\"512\"",
        "ovf:size=\"5\" ovf:chunkSize=\"2\""
      })
  void chunksThatCannotBe(String attributes) throws IOException {
    refused(
        CorruptImageException.class,
        "disk.vmdk",
        single()
            .with("disk.vmdk.000000000", new byte[3])
            .with(
                "app.ovf",
                envelope(file("f", "disk.vmdk", attributes), disk("d", "f", "" + SIZE, VMDK_URI))));
  }

  private static HandMadeOva packed(byte[] gzip) {
    return new HandMadeOva()
        .with(
            "app.ovf",
            envelope(
                file("f", "disk.gz", "ovf:compression=\"gzip\""),
                disk("d", "f", "1048576", VMDK_URI)))
        .with("disk.gz", gzip);
  }

  @Test
  void gzipBombEndsAtWhatTheDiskCanNeed() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(bomb)) {
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 80; i++) {
        stream.write(zeros);
      }
    }
    refused(
        UnsupportedFeatureException.class, "more than the limit of", packed(bomb.toByteArray()));
  }

  @Test
  void gzipThatIsNone() {
    refused(CorruptImageException.class, "gzip", packed(new byte[600]));
    refused(CorruptImageException.class, "gzip", packed(new byte[] {31, (byte) 139, 8}));
    refused(CorruptImageException.class, "cut off", packed(new byte[] {31, (byte) 139, 8, 0}));
  }

  @Test
  void gzipWithSomethingBehindIt() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream stream = new GZIPOutputStream(bytes)) {
      stream.write(new byte[1000]);
    }
    bytes.write(new byte[] {31, (byte) 139, 9, 0, 0, 0, 0, 0, 0, 0});
    refused(CorruptImageException.class, "damaged", packed(bytes.toByteArray()));
  }

  @Test
  void compressionThatNobodyKnows() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "zstd",
        single()
            .with(
                "app.ovf",
                envelope(
                    file("f", "disk.vmdk", "ovf:compression=\"zstd\""),
                    disk("d", "f", "" + SIZE, VMDK_URI))));
  }

  @Test
  void manyDisksAreNotAllListed() throws IOException {
    StringBuilder disks = new StringBuilder();
    for (int i = 0; i < 4000; i++) {
      disks.append(disk("d" + i, "f", "1024", VMDK_URI));
    }
    refused(
        UnsupportedFeatureException.class,
        "and 3968 more",
        new HandMadeOva().with("app.ovf", envelope("", disks.toString())));
  }

  @Test
  void applianceWithinAnAppliance() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "is of the format",
        new HandMadeOva()
            .with("app.ovf", envelope(file("f", "in.ova", ""), disk("d", "f", "1024", "")))
            .with("in.ova", single().bytes()));
  }

  @Test
  void diskThatIsADifferenceToAnother() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "difference",
        single()
            .with(
                "app.ovf",
                envelope(
                    file("f", "disk.vmdk", ""),
                    "<Disk ovf:diskId=\"d\" ovf:fileRef=\"f\" ovf:capacity=\"1024\""
                        + " ovf:parentRef=\"base\"/>")));
  }

  @Test
  void namesWithControlCharactersStayOnOneLine() throws IOException {
    HandMadeOva ova =
        single()
            .with(
                "app.ovf",
                envelope(file("f", "a&#10;b", ""), disk("evil&#10;name", "f", "1024", VMDK_URI)));
    refused(CorruptImageException.class, "a?b", ova);
  }

  @Test
  void theSameDiskTwiceIsNoHarm() throws IOException {
    HandMadeOva ova =
        single()
            .with(
                "app.ovf",
                envelope(
                    file("f", "disk.vmdk", ""),
                    disk("a", "f", "" + SIZE, VMDK_URI) + disk("b", "f", "" + SIZE, VMDK_URI)));
    assertArrayEquals(content(ova.open("a")), content(ova.open("b")));
  }
}
