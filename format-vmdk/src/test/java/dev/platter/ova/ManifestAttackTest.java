package dev.platter.ova;

import static dev.platter.ova.HandMadeOva.VMDK_URI;
import static dev.platter.ova.HandMadeOva.disk;
import static dev.platter.ova.HandMadeOva.envelope;
import static dev.platter.ova.HandMadeOva.file;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.UnsupportedFeatureException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One test per lie about digests. */
final class ManifestAttackTest extends OvaAttack {
  @Test
  void diskChangedAfterTheManifestWasMade() throws Exception {
    HandMadeOva ova = single().withManifest("app.mf", "SHA-256");
    byte[] changed = stream();
    changed[changed.length / 2] ^= 1;
    refused(CorruptImageException.class, "digest", ova.with("disk.vmdk", changed));
  }

  @Test
  void envelopeChangedAfterTheManifestWasMade() throws Exception {
    HandMadeOva ova = single().withManifest("app.mf", "SHA-1");
    String text = envelope(file("f", "disk.vmdk", ""), disk("d", "f", "" + 2 * SIZE, VMDK_URI));
    refused(CorruptImageException.class, "digest", ova.with("app.ovf", text));
  }

  @Test
  void fileThatTheManifestKeepsQuietAbout() throws Exception {
    HandMadeOva ova =
        new HandMadeOva()
            .with(
                "app.ovf",
                envelope(file("f", "disk.vmdk", ""), disk("d", "f", "" + SIZE, VMDK_URI)))
            .withManifest("app.mf", "SHA-256")
            .with("disk.vmdk", stream());
    try (DiskImage image = ova.open()) {
      assertTrue(image.dangers().toString().contains("manifest: it has no digest of 'disk.vmdk'"));
      assertTrue(image.remarks().toString().contains("'disk.vmdk', which was not verified"));
      assertEquals(SIZE, image.map().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"nonsense", "SHA256(app.ovf)= 00", "SHA256(app.ovf)=", "MD5(app.ovf)= 00"})
  void manifestThatIsNone(String line) throws IOException {
    refused(CorruptImageException.class, "manifest", single().with("app.mf", line));
  }

  @Test
  void digestsOfAnUnknownKind() throws IOException {
    refused(
        UnsupportedFeatureException.class,
        "SHA999",
        single().with("app.mf", "SHA999(app.ovf)= 00"));
  }
}
