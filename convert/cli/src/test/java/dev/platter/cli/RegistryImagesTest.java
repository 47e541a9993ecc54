package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.DockerRegistry;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Disks in Docker's registry: converted into it and from there, and compressed by skopeo. */
@Tag("interop")
@Timeout(120)
class RegistryImagesTest {
  @TempDir Path directory;
  private DockerRegistry registry;
  private Path disk;

  @BeforeEach
  void start() throws IOException {
    registry = DockerRegistry.start(directory, "");
    disk = directory.resolve("disk.raw");
    byte[] data = new byte[300_000];
    new Random(9).nextBytes(data);
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(20 << 20);
      file.write(data);
      file.seek(9 << 20);
      file.write(data);
    }
  }

  @AfterEach
  void end() {
    registry.close();
  }

  private String image(String rest) {
    return "oci://127.0.0.1:" + registry.port() + "/vm/" + rest;
  }

  private void push(String rest, Object... words) {
    Object[] all =
        Stream.of(Stream.of("convert"), Stream.of(words), Stream.of(disk, image(rest)))
            .flatMap(part -> part)
            .toArray();
    Run.platter(all).mustWork();
  }

  private void isTheDisk(String rest) throws IOException {
    Path copy = directory.resolve("copy.raw");
    Run run = Run.platter("convert", "-O", "raw", image(rest), copy);
    assertEquals(0, run.exitCode(), run.err());
    assertEquals(-1, Files.mismatch(disk, copy), rest);
    Files.delete(copy);
  }

  @Test
  void everyFormatIsPushedInOnePassAndReadWhereItLies() throws IOException {
    push("disk:raw", "-O", "raw");
    push("disk:gz", "-O", "raw", "--wrap", "gz");
    push("disk:qcow2", "-O", "qcow2");
    push("disk:packed", "-O", "qcow2", "-c");
    push("disk:vhdx", "-O", "vhdx");
    push("disk:vmdk", "-O", "vmdk", "-o", "subformat=streamOptimized");
    push("cd:raw", "-O", "raw", "-o", "as=containerdisk");
    push("cd:qcow2", "-O", "qcow2", "-o", "as=containerdisk");
    push("cd:packed", "-O", "qcow2", "-c", "-o", "as=containerdisk");
    for (String each : new String[] {"raw", "gz", "qcow2", "packed", "vhdx", "vmdk"}) {
      isTheDisk("disk:" + each);
    }
    for (String each : new String[] {"raw", "qcow2", "packed"}) {
      isTheDisk("cd:" + each);
    }
    assertEquals("application/vnd.kubevirt.disk.raw+gzip disk.raw.gz", typeOf("gz"));
    assertEquals("application/vnd.kubevirt.disk.qcow2 disk.qcow2", typeOf("packed"));
    assertEquals("application/vnd.kubevirt.disk.vmdk disk.vmdk", typeOf("vmdk"));
    String refused =
        Run.platter("convert", "-O", "vmdk", "-o", "as=containerdisk", disk, image("cd:vmdk"))
            .err();
    assertTrue(refused.contains("a containerDisk is a raw or qcow2 file, not vmdk"), refused);
    assertEquals(1, Run.platter("info", image("cd:vmdk")).exitCode());
  }

  /** Media type and title of the layer, as skopeo is told. */
  private String typeOf(String tag) {
    String manifest =
        ExternalTool.named("skopeo")
            .mustRun(
                "inspect",
                "--raw",
                "--tls-verify=false",
                "docker://127.0.0.1:" + registry.port() + "/vm/disk:" + tag);
    String layer = manifest.substring(manifest.indexOf("\"layers\""));
    return layer.replaceAll(".*\"mediaType\":\"([^\"]*)\".*title\":\"([^\"]*)\".*", "$1 $2");
  }

  /** What is pushed is what qemu-img sees in the layer that skopeo has copied. */
  @Test
  void aCompressedLayerIsUnwrapped() throws Exception {
    push("cd:1", "-O", "qcow2", "-o", "as=containerdisk");
    String server = "docker://127.0.0.1:" + registry.port() + "/vm/cd:1";
    Path packed = directory.resolve("packed");
    ExternalTool.named("skopeo")
        .mustRun(
            "--insecure-policy", "copy", "--src-tls-verify=false", server, "oci:" + packed + ":x");
    Path layer = null;
    try (Stream<Path> blobs = Files.walk(packed.resolve("blobs"))) {
      for (Path each : blobs.filter(Files::isRegularFile).toList()) {
        layer = layer == null || Files.size(each) > Files.size(layer) ? each : layer;
      }
    }
    byte[] head = Files.readAllBytes(layer);
    boolean isGzip = head[0] == 0x1f && (head[1] & 0xff) == 0x8b;
    assertTrue(isGzip, "skopeo compresses what it stores in a layout");
    ExternalTool.named("tar").mustRun("-C", directory, "-xzf", layer);
    ExternalTool.qemuImg()
        .mustRun("compare", "-f", "raw", "-F", "qcow2", disk, directory.resolve("disk/disk.img"));
    ExternalTool.named("skopeo")
        .mustRun(
            "--insecure-policy",
            "copy",
            "--dest-tls-verify=false",
            "oci:" + packed + ":x",
            server.replace("cd:1", "cd:gz"));
    isTheDisk("cd:gz");
  }
}
