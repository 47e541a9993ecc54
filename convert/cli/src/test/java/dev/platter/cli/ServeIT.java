package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The assembled program offers disks, and other programs read and write them. */
@Tag("interop")
@Timeout(120)
class ServeIT {
  private static final String PROGRAM = "target/platter/bin/platter";
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;
  private Process server;
  private String uri;

  @BeforeEach
  void makeADisk() throws IOException {
    content = new byte[SIZE];
    new Random(4).nextBytes(content);
    Arrays.fill(content, 2 << 20, 5 << 20, (byte) 0);
    raw = Files.write(directory.resolve("disk.raw"), content);
  }

  /** Starts the server and waits until it says where it is. */
  private List<String> serve(Object... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of(PROGRAM, "serve"));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    command.addAll(List.of("--socket", directory.resolve("s").toString()));
    server = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    List<String> said = new ArrayList<>();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.UTF_8));
    do {
      String line = out.readLine();
      assertTrue(line != null, "the server ended");
      said.add(line);
    } while (out.ready());
    uri = said.getFirst().substring(said.getFirst().lastIndexOf(' ') + 1);
    return said;
  }

  /** Ends it as a service manager does; its exit code. */
  private int stop() throws InterruptedException {
    server.destroy();
    assertTrue(server.waitFor(20, TimeUnit.SECONDS));
    return server.exitValue();
  }

  @AfterEach
  void end() throws InterruptedException {
    if (server != null && server.isAlive()) {
      server.destroyForcibly().waitFor();
    }
  }

  private Path image(String format, String... options) {
    Path image = directory.resolve("disk." + format);
    List<Object> words = new ArrayList<>(List.of("convert", "-f", "raw", "-O", format));
    words.addAll(List.of(options));
    words.addAll(List.of(raw, image));
    ExternalTool.qemuImg().mustRun(words.toArray());
    return image;
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk", "vdi", "vhdx", "vpc", "parallels"})
  void imagesOfAnyFormatAreRead(String format) throws Exception {
    serve(format.equals("raw") ? raw : image(format));
    Path copy = directory.resolve("copy.raw");
    ExternalTool.named("nbdcopy").mustRun(uri, copy);
    byte[] read = Files.readAllBytes(copy);
    assertEquals(-1, Arrays.mismatch(content, Arrays.copyOf(read, SIZE)));
    assertEquals(0, stop());
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vdi"})
  void whatClientsWriteIsThereAfterTheServer(String format) throws Exception {
    Path image = format.equals("raw") ? raw : image(format);
    serve("--writable", "-f", format, image);
    ExternalTool.qemuIo()
        .mustRun("-f", "raw", "-c", "write -P 3 1M 2M", "-c", "write -z 6M 1M", "-c", "flush", uri);
    Arrays.fill(content, 1 << 20, 3 << 20, (byte) 3);
    Arrays.fill(content, 6 << 20, 7 << 20, (byte) 0);
    if (!format.equals("raw")) { // a plain disk's bytes may be shared, an image's tables not
      assertNotEquals(
          0, ExternalTool.qemuIo().run("-f", format, "-c", "write 0 512", image).exitCode());
    }
    assertEquals(0, stop());
    Path now = directory.resolve("now.raw");
    ExternalTool.qemuImg().mustRun("convert", "-f", format, "-O", "raw", image, now);
    assertArrayEquals(content, Files.readAllBytes(now));
    if (!format.equals("raw")) {
      ExternalTool.qemuImg().mustRun("check", "-f", format, image);
    }
  }

  @Test
  void anOverlayTakesWhatIsWrittenAndTheDiskStays() throws Exception {
    Path overlay = directory.resolve("over.qcow2");
    for (int round = 0; round < 2; round++) {
      serve("--overlay", overlay, "-f", "raw", raw);
      ExternalTool.qemuIo()
          .mustRun("-f", "raw", "-c", "write -P " + (7 + round) + " " + round + "M 64k", uri);
      assertEquals(0, stop());
    }
    assertArrayEquals(content, Files.readAllBytes(raw));
    Arrays.fill(content, 0, 64 << 10, (byte) 7);
    Arrays.fill(content, 1 << 20, (1 << 20) + (64 << 10), (byte) 8);
    Path now = directory.resolve("now.raw");
    ExternalTool.qemuImg().mustRun("convert", "-O", "raw", overlay, now);
    assertArrayEquals(content, Files.readAllBytes(now));
  }

  @Test
  void aSnapshotIsReadAsItWas() throws Exception {
    Path image = image("qcow2");
    ExternalTool.qemuImg().mustRun("snapshot", "-c", "before", image);
    ExternalTool.qemuIo().mustRun("-c", "write -P 9 0 8M", image);
    serve("--snapshot", "before", image);
    Path copy = directory.resolve("copy.raw");
    ExternalTool.named("nbdcopy").mustRun(uri, copy);
    assertArrayEquals(content, Files.readAllBytes(copy));
  }

  /** A bitmap at the end of the disk and over several granules, beside what qemu-nbd tells. */
  @Test
  void dirtyBitmapsAreToldAsQemuNbdTellsThem() throws Exception {
    Path image = image("qcow2", "-o", "cluster_size=4k");
    ExternalTool qemuImg = ExternalTool.qemuImg();
    qemuImg.mustRun("bitmap", "--add", "-g", "512", image, "fine");
    qemuImg.mustRun("bitmap", "--add", image, "coarse");
    qemuImg.mustRun("bitmap", "--add", "--disable", image, "off");
    ExternalTool.qemuIo()
        .mustRun(
            "-c",
            "write 0 512",
            "-c",
            "write 1M 3M",
            "-c",
            "write 5000k 1k",
            "-c",
            "write 8388096 512",
            image);
    Path socket = directory.resolve("qemu");
    for (String name : List.of("fine", "coarse", "off")) {
      String map = "--map=qemu:dirty-bitmap:" + name;
      String theirs =
          ExternalTool.named("sh")
              .mustRun(
                  "-c",
                  "qemu-nbd -r -f qcow2 -k %s -B %s --fork --pid-file=%s.pid %s && nbdinfo --json %s"
                          .formatted(socket, name, socket, image, map)
                      + " 'nbd+unix:///?socket="
                      + socket
                      + "'");
      serve(image);
      assertEquals(theirs, ExternalTool.named("nbdinfo").mustRun("--json", map, uri), name);
      assertEquals(0, stop());
    }
    qemuImg.mustRun("snapshot", "-c", "before", image);
    serve("--snapshot", "before", image);
    String all = ExternalTool.named("nbdinfo").mustRun(uri);
    assertTrue(!all.contains("dirty-bitmap"), all);
  }

  @Test
  void severalDisksAreToldApartByName() throws Exception {
    Path qcow2 = image("qcow2");
    assertEquals(2, serve(raw, qcow2).size());
    String list =
        ExternalTool.named("nbdinfo")
            .mustRun("--list", "nbd+unix:///?socket=" + directory.resolve("s"));
    assertTrue(list.contains("disk.raw") && list.contains("disk.qcow2"), list);
  }

  @Test
  void nothingIsWrittenUnlessThatWasAskedFor() throws Exception {
    serve("-f", "raw", raw);
    assertNotEquals(0, ExternalTool.qemuIo().run("-f", "raw", "-c", "write 0 512", uri).exitCode());
    assertEquals(0, stop());
    assertArrayEquals(content, Files.readAllBytes(raw));
  }

  @Test
  void whatCannotBeServedIsRefusedInOneLine() {
    ExternalTool.Result result =
        ExternalTool.named("sh")
            .run("-c", PROGRAM + " serve --writable --snapshot x disk; echo $? >&2");
    assertTrue(result.stderr().contains("exclude each other"), result.stderr());
    ExternalTool.Result twice =
        ExternalTool.named("sh").run("-c", PROGRAM + " serve " + raw + " " + raw);
    assertEquals(1, twice.exitCode());
    assertTrue(twice.stderr().contains("both be called 'disk.raw'"), twice.stderr());
  }
}
