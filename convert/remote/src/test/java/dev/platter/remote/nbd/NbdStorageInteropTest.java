package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our client with other programs' servers. */
@Tag("interop")
@Timeout(120)
class NbdStorageInteropTest {
  private static final int SIZE = 8 << 20;

  @TempDir Path directory;
  private Process server;

  private Path socket() {
    return directory.resolve("s");
  }

  /** Starts a server and waits until it listens. */
  private void start(String program, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(ExternalTool.named(program).program().toString()));
    command.addAll(List.of(arguments));
    server = new ProcessBuilder(command).redirectErrorStream(true).start();
    while (!Files.exists(socket())) {
      assertTrue(server.isAlive(), () -> command + " ended");
      Thread.sleep(10);
    }
  }

  private void startNbdkit(String... arguments) throws Exception {
    List<String> all = new ArrayList<>(List.of("-f", "-U", socket().toString()));
    all.addAll(List.of(arguments));
    start("nbdkit", all.toArray(String[]::new));
  }

  @AfterEach
  void stop() throws Exception {
    if (server != null) {
      server.destroy();
      assertTrue(server.waitFor(20, TimeUnit.SECONDS));
    }
  }

  private NbdStorage open(NbdStorage.Access access) throws IOException {
    return NbdStorage.open("nbd", NbdAddress.parse("nbd+unix:///?socket=" + socket()), access);
  }

  /** Writes, zeroes and reads at random; the disk must hold what the model does. */
  private static void work(NbdStorage disk, byte[] model) throws IOException {
    Random random = new Random(9);
    for (int i = 0; i < 200; i++) {
      int length = 1 + random.nextInt(i % 20 == 0 ? SIZE / 2 : 20_000);
      int at = random.nextInt(SIZE - length + 1);
      if (i % 3 == 0) {
        Arrays.fill(model, at, at + length, (byte) 0);
        disk.zero(at, length);
      } else {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, model, at, length);
        disk.write(at, MemorySegment.ofArray(bytes));
      }
      byte[] read = new byte[length];
      disk.readFully(at, MemorySegment.ofArray(read));
      assertArrayEquals(Arrays.copyOfRange(model, at, at + length), read);
    }
    disk.sync();
    byte[] all = new byte[SIZE];
    disk.readFully(0, MemorySegment.ofArray(all));
    assertArrayEquals(model, all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--threads=8",
        "--no-sr",
        "--mask-handshake=0",
        "--filter=nozero",
        "--filter=fua",
        "--filter=noextents",
        "--filter=noparallel",
      })
  void writesAndReadsWithNbdkit(String option) throws Exception {
    if (option.equals("--mask-handshake=0")) {
      startNbdkit(option, "memory", Integer.toString(SIZE));
      assertTrue(
          assertThrows(NbdException.class, () -> open(NbdStorage.Access.READ))
              .getMessage()
              .contains("fixed newstyle"));
      return;
    }
    startNbdkit(option, "memory", Integer.toString(SIZE));
    try (NbdStorage disk = open(NbdStorage.Access.WRITE)) {
      work(disk, new byte[SIZE]);
    }
  }

  @Test
  void keepsToTheRequestsThatAServerTakes() throws Exception {
    startNbdkit(
        "--filter=blocksize-policy",
        "memory",
        Integer.toString(SIZE),
        "blocksize-minimum=4096",
        "blocksize-maximum=64K",
        "blocksize-error-policy=error");
    try (NbdStorage disk = open(NbdStorage.Access.WRITE)) {
      work(disk, new byte[SIZE]);
    }
  }

  @Test
  void writesAndReadsWithQemuNbd() throws Exception {
    Path image = directory.resolve("disk.qcow2");
    ExternalTool.qemuImg().mustRun("create", "-f", "qcow2", image, "8M");
    start("qemu-nbd", "-f", "qcow2", "-t", "-e", "8", "-k", socket().toString(), image.toString());
    byte[] model = new byte[SIZE];
    try (NbdStorage disk = open(NbdStorage.Access.WRITE)) {
      assertTrue(disk.runAt(0, SIZE).hole());
      work(disk, model);
    }
    stop();
    Path raw = directory.resolve("disk.raw");
    ExternalTool.qemuImg().mustRun("convert", "-O", "raw", image, raw);
    assertArrayEquals(model, Files.readAllBytes(raw));
  }

  @Test
  void tellsWhatAServerRefuses() throws Exception {
    startNbdkit("--filter=error", "memory", "1M", "error-pread=EIO", "error-pread-rate=100%");
    try (NbdStorage disk = open(NbdStorage.Access.READ)) {
      NbdException e =
          assertThrows(
              NbdException.class, () -> disk.readFully(0, MemorySegment.ofArray(new byte[512])));
      assertTrue(e.getMessage().contains("Input/output error"), e.getMessage());
    }
  }

  @Test
  void readsADiskLargerThanAnyFile() throws Exception {
    startNbdkit("memory", "4E");
    try (NbdStorage disk = open(NbdStorage.Access.READ)) {
      assertEquals(4L << 60, disk.size());
      byte[] last = {1};
      disk.readFully((4L << 60) - 1, MemorySegment.ofArray(last));
      assertEquals(0, last[0]);
    }
  }
}
