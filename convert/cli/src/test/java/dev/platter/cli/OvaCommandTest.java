package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OvaCommandTest {
  @TempDir Path directory;
  private Path raw;
  private Path ova;

  @BeforeEach
  void makeAppliance() throws IOException {
    byte[] disk = new byte[(5 << 20) + 512];
    new Random(1).nextBytes(disk);
    Arrays.fill(disk, 1_000_000, 3_000_000, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), disk);
    ova = directory.resolve("vm.ova");
    Run.platter("convert", "-O", "ova", "-o", "cpus=2,chunk_size=1M", raw, ova).mustWork();
  }

  @Test
  void convertsThereAndBack() throws IOException {
    Path back = directory.resolve("back.raw");
    Run.platter("convert", "-O", "raw", ova, back).mustWork();
    assertEquals(-1, Files.mismatch(raw, back));
    Run.platter("compare", "--disk", "vmdisk1", ova, raw).mustWork();
    Run.platter("compare", "--disk", "1", ova, raw).mustWork();
  }

  @Test
  void infoTellsOfMachineAndDisks() {
    String text = Run.platter("info", ova).mustWork();
    assertTrue(text.contains("file format: ova\nvirtual size: 5 MiB (5243392 bytes)\n"), text);
    assertTrue(text.contains("cpus: 2\n"), text);
    assertTrue(text.contains("name: vmdisk1\n"), text);
    assertTrue(text.contains("manifest: SHA-256\n"), text);
    assertTrue(Run.platter("info", "--output=json", ova).mustWork().contains("\"vm-disk1.vmdk\""));
  }

  @Test
  void asQemuImgItIsAFileLikeAnyOtherUnlessAskedFor() {
    assertTrue(Run.qemuImg("info", ova).mustWork().contains("file format: raw\n"));
    assertTrue(Run.qemuImg("info", "-f", "ova", ova).mustWork().contains("file format: ova\n"));
  }

  @Test
  void aDiskIsChosenOnlyFromContainersAndOnlyIfItIsThere() {
    Run noContainer = Run.platter("info", "--disk", "1", raw);
    assertEquals(1, noContainer.exitCode());
    assertTrue(noContainer.err().contains("holds one disk"), noContainer.err());
    Run noSuch = Run.platter("convert", "--disk", "2", "-O", "raw", ova, directory.resolve("x"));
    assertEquals(1, noSuch.exitCode());
    assertTrue(noSuch.err().contains("there is no disk '2'"), noSuch.err());
    assertTrue(Files.notExists(directory.resolve("x")));
  }

  @Test
  void aChangedDiskIsRefusedAndNothingIsLeft() throws IOException {
    byte[] bytes = Files.readAllBytes(ova);
    bytes[bytes.length / 2] ^= 1;
    Files.write(ova, bytes);
    Path back = directory.resolve("back.raw");
    Run refused = Run.platter("convert", "-O", "raw", ova, back);
    assertEquals(1, refused.exitCode());
    assertTrue(refused.err().contains("digest"), refused.err());
    assertTrue(Files.notExists(back));
  }

  @Test
  @Tag("interop")
  void anEnvelopeIsReadBesideItsFilesWithAndWithoutManifest() throws IOException {
    Path flat = directory.resolve("flat.ova");
    Run.platter("convert", "-O", "ova", raw, flat).mustWork();
    ExternalTool.named("tar").runIn(directory, "xf", flat).mustExit(0);
    Path ovf = directory.resolve("flat.ovf");
    Run.platter("compare", ovf, raw).mustWork();
    Files.delete(directory.resolve("flat.mf"));
    Run.platter("compare", ovf, raw).mustWork();
    Files.delete(directory.resolve("flat-disk1.vmdk"));
    Run missing = Run.platter("compare", ovf, raw);
    assertTrue(missing.err().contains("there is no file 'flat-disk1.vmdk'"), missing.err());
  }
}
