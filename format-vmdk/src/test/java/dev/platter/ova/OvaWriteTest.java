package dev.platter.ova;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.ModelDisk;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OvaWriteTest {
  private static final int SIZE = 3 << 20;

  private static byte[] write(String options, ModelDisk disk, MemoryStorage storage)
      throws IOException {
    List<String> texts = options.isEmpty() ? List.of() : List.of(options);
    try (ImageWriter writer =
        new OvaFormat()
            .create(
                new CreateRequest(
                    disk.size(),
                    FormatOptions.parse(texts, OvaOptions.SPECS),
                    false,
                    Optional.empty(),
                    new MemoryTarget(storage),
                    Identity.seeded("ova", Instant.ofEpochSecond(1_700_000_000))))) {
      PlainMover.move(disk, writer, false, false, 3);
    }
    return storage.toByteArray();
  }

  @Test
  void whatWasThereBeforeDoesNotShowThrough() throws IOException {
    ModelDisk model = ModelDisk.random(1, SIZE, 4096);
    byte[] fresh = write("", model, new MemoryStorage("vm.ova"));
    byte[] old = new byte[fresh.length + 100_000];
    java.util.Arrays.fill(old, (byte) 0x55);
    assertArrayEquals(fresh, write("", model, MemoryStorage.of("vm.ova", old)));
  }

  @Test
  void membersComeInTheOrderThatTheStandardAsksFor() throws IOException {
    byte[] tar = write("", ModelDisk.random(2, SIZE, 4096), new MemoryStorage("dir/my vm.OVA"));
    Tar read = Tar.read(MemoryStorage.of("x", tar));
    assertEquals(List.of("my_vm.ovf", "my_vm-disk1.vmdk", "my_vm.mf"), read.names());
  }

  @Test
  void optionsAreWhatTheEnvelopeSays() throws IOException {
    byte[] tar =
        write(
            "name=A <web> & db,os_type=debian11_64Guest,cpus=4,memory=2G,hwversion=19",
            ModelDisk.random(2, SIZE, 4096),
            new MemoryStorage("vm.ova"));
    try (DiskImage image =
        new OvaFormat().open(MemoryStorage.of("vm.ova", tar), OpenRequest.strict())) {
      Map<?, ?> machine = (Map<?, ?>) ((List<?>) image.info().details().get("systems")).getFirst();
      assertEquals("A <web> & db", machine.get("name"));
      assertEquals("debian11_64Guest", machine.get("guest-os"));
      assertEquals(4L, machine.get("cpus"));
      assertEquals(2L << 30, machine.get("memory"));
      assertEquals("vmx-19", machine.get("hardware"));
      assertEquals("SHA-256", image.info().details().get("manifest"));
    }
  }

  @Test
  void withoutFinishItIsNoImage() throws IOException {
    MemoryStorage storage = new MemoryStorage("vm.ova");
    ModelDisk model = ModelDisk.random(4, SIZE, 4096);
    try (ImageWriter writer =
        new OvaFormat()
            .create(
                new CreateRequest(
                    model.size(),
                    FormatOptions.none(),
                    false,
                    Optional.empty(),
                    new MemoryTarget(storage)))) {
      assertTrue(writer.blockSize() > 0);
    }
    assertThrows(IOException.class, () -> new OvaFormat().open(storage, OpenRequest.strict()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "cpus=0",
        "memory=1",
        "memory=1000000000000000000",
        "os_type=<x/>",
        "adapter_type=nvme",
        "chunk_size=1000",
        "chunk_size=9G",
        "hwversion=1",
        "name=",
        "compression_level=99"
      })
  void impossibleOptionsAreRefused(String option) {
    assertThrows(
        IllegalOptionException.class,
        () -> write(option, ModelDisk.random(1, 4096, 4096), new MemoryStorage("x.ova")));
  }

  @Tag("interop")
  @ParameterizedTest
  @ValueSource(strings = {"", "chunk_size=64k"})
  void otherToolsTakeItApart(String options, @TempDir Path directory) throws IOException {
    ExternalTool tar = ExternalTool.named("tar");
    ExternalTool sum = ExternalTool.named("sha256sum");
    ExternalTool qemu = ExternalTool.qemuImg();
    ModelDisk model = ModelDisk.random(9, SIZE, 4096);
    byte[] bytes = write(options, model, new MemoryStorage("vm.ova"));
    Files.write(directory.resolve("vm.ova"), bytes);
    Files.write(directory.resolve("vm.raw"), model.content());
    var listing = tar.runIn(directory, "tvf", "vm.ova").mustExit(0);
    assertEquals("", listing.stderr());
    assertTrue(listing.stdout().lines().findFirst().orElseThrow().endsWith("vm.ovf"));
    assertTrue(listing.stdout().stripTrailing().endsWith("vm.mf"));
    tar.runIn(directory, "xf", "vm.ova").mustExit(0);
    sum.runIn(directory, "--strict", "-c", "vm.mf").mustExit(0);
    Path disk = directory.resolve("vm-disk1.vmdk");
    if (!options.isEmpty()) {
      assertFalse(Files.exists(disk));
      assertTrue(Files.exists(directory.resolve("vm-disk1.vmdk.000000001")), "several chunks");
      try (var joined = Files.newOutputStream(disk)) {
        for (int i = 0; ; i++) {
          Path chunk = directory.resolve(Appliance.chunkName("vm-disk1.vmdk", i));
          if (!Files.exists(chunk)) {
            break;
          }
          Files.copy(chunk, joined);
        }
      }
    }
    qemu.mustRun("check", "-f", "vmdk", disk);
    qemu.mustRun("compare", "-f", "vmdk", "-F", "raw", disk, directory.resolve("vm.raw"));
  }

  @Tag("interop")
  @ParameterizedTest
  @ValueSource(strings = {"ustar", "pax", "gnu", "oldgnu"})
  void tarsOfOtherToolsAreRead(String form, @TempDir Path directory) throws IOException {
    ExternalTool tar = ExternalTool.named("tar");
    ModelDisk model = ModelDisk.random(10, SIZE, 4096);
    String href = "d".repeat(90) + "/" + "a-long-name-".repeat(5) + ".vmdk";
    Files.createDirectory(directory.resolve("d".repeat(90)));
    Files.write(directory.resolve(href), HandMadeOva.stream(model));
    Files.writeString(
        directory.resolve("app.ovf"),
        HandMadeOva.envelope(
            HandMadeOva.file("f", href, ""),
            HandMadeOva.disk("d", "f", "" + SIZE, HandMadeOva.VMDK_URI)));
    tar.runIn(directory, "--format=" + form, "-cf", "app.ova", "./app.ovf", "d".repeat(90))
        .mustExit(0);
    MemoryStorage ova =
        MemoryStorage.of("app.ova", Files.readAllBytes(directory.resolve("app.ova")));
    byte[] head = java.util.Arrays.copyOf(ova.toByteArray(), 40960);
    assertTrue(new OvaFormat().probe(ova, MemorySegment.ofArray(head)) > 0);
    assertArrayEquals(
        model.content(), HandMadeOva.content(new OvaFormat().open(ova, OpenRequest.strict())));
  }
}
