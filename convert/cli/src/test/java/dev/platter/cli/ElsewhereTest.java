package dev.platter.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Images that an NBD server has, by every name that they can be given. */
@Tag("interop")
@Timeout(120)
class ElsewhereTest {
  private static final int SIZE = 4 << 20;

  @TempDir Path directory;
  private byte[] content;
  private Path raw;
  private Path qcow2;
  private Path socket;
  private Process server;

  @BeforeEach
  void makeImages() throws IOException {
    content = new byte[SIZE];
    new Random(2).nextBytes(content);
    Arrays.fill(content, 1 << 20, 2 << 20, (byte) 0);
    raw = directory.resolve("disk.raw");
    qcow2 = directory.resolve("disk.qcow2");
    socket = directory.resolve("s");
    Files.write(raw, content);
    ExternalTool.qemuImg().mustRun("convert", "-O", "qcow2", raw, qcow2);
  }

  /** Offers the bytes of a file. */
  private void serve(Path file, String... more) throws Exception {
    String[] fixed = {
      ExternalTool.named("qemu-nbd").program().toString(),
      "-f",
      "raw",
      "-t",
      "-e",
      "8",
      "-k",
      socket.toString()
    };
    String[] command = Arrays.copyOf(fixed, fixed.length + more.length + 1);
    System.arraycopy(more, 0, command, fixed.length, more.length);
    command[command.length - 1] = file.toString();
    server = new ProcessBuilder(command).inheritIO().start();
    while (!listens()) {
      assertTrue(server.isAlive());
      Thread.sleep(10);
    }
  }

  private boolean listens() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return probe.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (server != null) {
      server.destroy();
      assertTrue(server.waitFor(20, TimeUnit.SECONDS));
      server = null;
    }
  }

  private String uri() {
    return "nbd+unix:///?socket=" + socket;
  }

  private byte[] converted(Object... source) throws IOException {
    Path target = directory.resolve("converted.raw");
    Object[] words = Arrays.copyOf(source, source.length + 3);
    words[source.length] = "-O";
    words[source.length + 1] = "raw";
    words[source.length + 2] = target;
    Object[] all = new Object[words.length + 1];
    all[0] = "convert";
    System.arraycopy(words, 0, all, 1, words.length);
    Run run = Run.qemuImg(all);
    assertEquals(0, run.exitCode(), run.err());
    return Files.readAllBytes(target);
  }

  @Test
  void anImageIsReadByItsAddressInAnyForm() throws Exception {
    serve(qcow2, "-r");
    Run info = Run.platter("info", uri());
    assertEquals(0, info.exitCode(), info.err());
    assertTrue(info.out().contains("image: " + uri()), info.out());
    assertTrue(info.out().contains("file format: qcow2"), info.out());
    assertArrayEquals(content, converted(uri()));
    assertArrayEquals(content, converted("nbd:unix:" + socket));
    assertArrayEquals(
        content,
        converted(
            "json:{\"driver\":\"qcow2\",\"file\":{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":\""
                + socket
                + "\"}}}"));
    assertArrayEquals(
        content,
        converted(
            "--image-opts",
            "driver=qcow2,file.driver=nbd,file.server.type=unix,file.server.path=" + socket));
    assertEquals(0, Run.platter("compare", raw, uri()).exitCode());
    assertEquals(0, Run.platter("check", uri()).exitCode());
  }

  @Test
  void optionsNameFilesAsWell() throws Exception {
    assertArrayEquals(content, converted("--image-opts", "driver=qcow2,file.filename=" + qcow2));
    Run both = Run.qemuImg("info", "-f", "qcow2", "--image-opts", "file.filename=" + qcow2);
    assertEquals(1, both.exitCode());
    assertTrue(both.err().contains("mutually exclusive"), both.err());
  }

  @Test
  void aBackingFileMayLieElsewhere() throws Exception {
    serve(raw, "-r");
    Path top = directory.resolve("top.qcow2");
    ExternalTool.qemuImg()
        .mustRun("create", "-u", "-f", "qcow2", "-F", "raw", "-b", uri(), top, SIZE);
    assertArrayEquals(content, converted(top));
    Path json = directory.resolve("json.qcow2");
    String name =
        "json:{\"driver\":\"raw\",\"file\":{\"driver\":\"nbd\",\"server.type\":\"unix\",\"server.path\":\""
            + socket
            + "\"}}";
    ExternalTool.qemuImg()
        .mustRun("create", "-u", "-f", "qcow2", "-F", "raw", "-b", name, json, SIZE);
    assertArrayEquals(content, converted(json));
  }

  @Test
  void aConversionGoesWhereTheDiskIs() throws Exception {
    Path target = directory.resolve("target.raw");
    byte[] old = new byte[SIZE];
    Arrays.fill(old, (byte) 9);
    Files.write(target, old);
    serve(target);
    Run run = Run.platter("convert", "-n", "-O", "raw", qcow2, uri());
    assertEquals(0, run.exitCode(), run.err());
    stop();
    assertArrayEquals(content, Files.readAllBytes(target));
  }

  @Test
  void aDiskThatIsTooSmallIsRefusedBeforeItIsWritten() throws Exception {
    Path target = directory.resolve("target.raw");
    byte[] old = new byte[SIZE / 2];
    Arrays.fill(old, (byte) 9);
    Files.write(target, old);
    serve(target);
    for (String option : new String[] {"-n", "-q"}) {
      Run run = Run.platter("convert", option, "-O", "raw", qcow2, uri());
      assertEquals(1, run.exitCode());
      assertTrue(run.err().contains("smaller than input"), run.err());
      assertEquals(1, run.err().lines().count(), run.err());
    }
    stop();
    assertArrayEquals(old, Files.readAllBytes(target));
  }

  @Test
  void anImageIsChangedWhereItIs() throws Exception {
    Path grown = directory.resolve("grown.qcow2");
    Files.copy(qcow2, grown);
    serve(grown);
    Run run = Run.platter("check", "-r", "all", uri());
    assertEquals(0, run.exitCode(), run.err());
  }

  @Test
  void whatIsNotThereIsSaidInOneLine() {
    for (String name :
        new String[] {
          "nbd+unix:///?socket=" + directory.resolve("none"),
          "nbd:",
          "nbds://localhost",
          "gopher://localhost/disk",
          "json:{\"driver\":\"nbd\"}"
        }) {
      Run run = Run.platter("info", name);
      assertEquals(1, run.exitCode(), name);
      assertEquals(1, run.err().lines().count(), run.err());
    }
  }
}
