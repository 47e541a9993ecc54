package dev.platter.service;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.service.ImportException.Reason;
import dev.platter.service.inspect.Inspection;
import dev.platter.service.plugin.ImageConversion;
import dev.platter.service.plugin.ImageDecompression;
import dev.platter.service.plugin.ImportPlugins;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compressed images, unpacked on their way; and those that must not be. */
class ImageDecompressionTest {
  @TempDir Path directory;
  private Imports imports;
  private final MemoryStore store = new MemoryStore("store", false);

  @BeforeEach
  void setUp() throws IOException {
    imports = new Imports(directory).with(new ImageDecompression());
  }

  @AfterEach
  void nothingIsLeft() throws IOException {
    assertEquals(List.of(), imports.leftovers());
  }

  private ImportJob packed(String diskFormat) {
    return in("bare", diskFormat);
  }

  private ImportJob in(String container, String diskFormat) {
    return ImportJob.of(Imports.ID, new ImportMethod.GlanceDirect(), diskFormat, container, store);
  }

  private interface Wrapper {
    OutputStream around(OutputStream stream) throws IOException;
  }

  private static byte[] pack(byte[] bytes, Wrapper wrapper) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream out = wrapper.around(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    return pack(bytes, GZIPOutputStream::new);
  }

  private static byte[] zip(byte[] bytes, int members) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(packed)) {
      for (int i = 0; i < members; i++) {
        out.putNextEntry(new ZipEntry("disk" + i));
        out.write(bytes);
        out.closeEntry();
      }
    }
    return packed.toByteArray();
  }

  @Test
  void unpacksAndJudgesWhatComesOut() throws IOException {
    byte[] image = SampleImages.of("qcow2", "");
    for (byte[] packed : List.of(gzip(image), zip(image, 1))) {
      StoredCopy copy = imports.direct(packed, packed("qcow2")).first();
      assertArrayEquals(image, store.images().get(copy.stored().location()));
      assertEquals("qcow2", copy.diskFormat());
      assertEquals("bare", copy.containerFormat());
      assertEquals(SampleImages.DISK, copy.virtualSize());
      store.images().clear();
    }
    assertFails(Reason.FORMAT_MISMATCH, "'qcow2'", gzip(image), packed("raw"));
  }

  @Test
  void convertsWhatComesOut() throws IOException {
    imports.with(new ImageDecompression(), ImageConversion.to("raw"));
    StoredCopy copy = imports.direct(gzip(SampleImages.of("vdi", "")), packed("vdi")).first();
    assertArrayEquals(SampleImages.disk(), store.images().get(copy.stored().location()));
    assertEquals("raw", copy.diskFormat());
  }

  @Test
  void discsAreNotConvertedOnceTheyAreUnpacked() throws IOException {
    imports.with(ImageConversion.to("qcow2"), new ImageDecompression());
    byte[] disc = new byte[100_000];
    System.arraycopy(new byte[] {1, 'C', 'D', '0', '0', '1', 1}, 0, disc, 0x8000, 7);
    StoredCopy copy = imports.direct(gzip(disc), packed("iso")).first();
    assertArrayEquals(disc, store.images().get(copy.stored().location()));
  }

  @Test
  void leavesAloneWhatIsCalledCompressedOrNotWrapped() throws IOException {
    byte[] packed = gzip(SampleImages.of("qcow2", ""));
    StoredCopy copy = imports.direct(packed, in("compressed", "qcow2")).first();
    assertArrayEquals(packed, store.images().get(copy.stored().location()));
    assertEquals("qcow2", copy.diskFormat());
    assertEquals("compressed", copy.containerFormat());
    store.images().clear();
    byte[] plain = SampleImages.of("vdi", "");
    copy = imports.direct(plain, packed("vdi")).first();
    assertArrayEquals(plain, store.images().get(copy.stored().location()));
  }

  @Test
  void refusesWhatIsWrappedWhereNobodyUnpacks() throws IOException {
    imports.with();
    byte[] packed = gzip(SampleImages.of("qcow2", ""));
    assertFails(Reason.FORMAT_MISMATCH, "'raw'", packed, packed("qcow2"));
  }

  @Test
  void whatAPluginHasNotUnwrappedIsJudgedAllTheSame() throws IOException {
    imports.with(
        new ImportPlugin() {
          @Override
          public String name() {
            return "forgetful";
          }

          @Override
          public boolean unwraps(ImportJob job, Inspection found) {
            return true;
          }

          @Override
          public void run(ImportDraft draft) {}
        });
    byte[] image = SampleImages.of("qcow2", "");
    assertFails(Reason.FORMAT_MISMATCH, "'qcow2'", image, packed("vdi"));
  }

  private void assertFails(Reason reason, String part, byte[] image, ImportJob job) {
    ImportException e = assertThrows(ImportException.class, () -> imports.direct(image, job));
    assertEquals(reason, e.reason(), e::toString);
    assertTrue(e.getMessage().contains(part), e::getMessage);
    assertEquals(Map.of(), store.images());
  }

  @Test
  void refusesBombsDamageAndSeveralFiles() throws IOException {
    byte[] raw = SampleImages.of("raw", "");
    byte[] packed = gzip(raw);
    imports.with(ImportPlugins.create("image_decompression", Map.of("max_size", "1000000")));
    assertFails(Reason.PLUGIN, "1000000", packed, packed("raw"));
    assertFails(Reason.PLUGIN, "1000000", gzip(new byte[64 << 20]), packed("raw"));
    imports.with(new ImageDecompression());
    for (int length : new int[] {packed.length - 1, packed.length / 2, 12}) {
      byte[] cut = Arrays.copyOf(packed, length);
      assertFails(Reason.PLUGIN, "cannot be unpacked", cut, packed("raw"));
    }
    byte[] damaged = packed.clone();
    damaged[packed.length - 6] ^= 1; // The checksum.
    assertFails(Reason.PLUGIN, "cannot be unpacked", damaged, packed("raw"));
    assertFails(Reason.PLUGIN, "cannot be unpacked", zip(raw, 2), packed("raw"));
    assertFails(Reason.FORMAT_MISMATCH, "compressed", raw, in("compressed", "raw"));
    imports.with(imports.settings().withImageSizeCap(2_000_000));
    assertFails(Reason.TOO_LARGE, "2000000", packed, packed("raw"));
  }
}
