package dev.platter.remote.nbd;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DirtyBitmap;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.SystemException;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other programs read from our server and write to it. */
@Tag("interop")
class NbdServerInteropTest {
  private static final int SIZE = (40 << 20) + 512;

  @TempDir Path directory;

  /** Data here and there, the rest holes. */
  private static byte[] content() {
    byte[] bytes = new byte[SIZE];
    Random random = new Random(7);
    for (int at = 0; at < SIZE; at += 3 << 20) {
      byte[] part = new byte[Math.min(1 << 20, SIZE - at)];
      random.nextBytes(part);
      System.arraycopy(part, 0, bytes, at, part.length);
    }
    return bytes;
  }

  /** Only what is not zero is written, so that the rest is holes. */
  private static MemoryStorage storage(byte[] content) throws IOException {
    MemoryStorage storage = new MemoryStorage("disk");
    storage.truncate(content.length);
    for (int at = 0; at < content.length; at += 1 << 20) {
      byte[] part = Arrays.copyOfRange(content, at, Math.min(content.length, at + (1 << 20)));
      if (!Arrays.equals(part, new byte[part.length])) {
        storage.write(at, MemorySegment.ofArray(part));
      }
    }
    return storage;
  }

  @Test
  void isReadWholeByNbdcopyAndQemuImg() throws IOException {
    byte[] content = content();
    try (RunningServer server =
        new RunningServer(directory, new MemoryExport("disk", storage(content), false))) {
      Path copy = directory.resolve("copy.raw");
      ExternalTool.named("nbdcopy").mustRun(server.uri("disk"), copy);
      assertArrayEquals(content, Files.readAllBytes(copy));
      Path converted = directory.resolve("converted.raw");
      ExternalTool.qemuImg()
          .mustRun("convert", "-f", "raw", "-O", "raw", server.uri(""), converted);
      assertArrayEquals(content, Files.readAllBytes(converted));
    }
  }

  @Test
  void isSentFromTheFileItLiesIn() throws IOException {
    byte[] content = content();
    Path file = Files.write(directory.resolve("disk.raw"), content);
    try (FileStorage storage = FileStorage.openForWriting(file)) {
      MemoryExport export = new MemoryExport("disk", storage, false);
      export.sends = true;
      try (RunningServer server = new RunningServer(directory, export)) {
        Path copy = directory.resolve("copy.raw");
        ExternalTool.named("nbdcopy").mustRun(server.uri(""), copy);
        assertArrayEquals(content, Files.readAllBytes(copy));
        // A file that has become shorter ends the connection: the client must not take it for
        // zeros.
        storage.truncate(5 << 20);
        export.failure = null;
        assertNotEquals(0, ExternalTool.named("nbdcopy").run(server.uri(""), copy).exitCode());
      }
    }
  }

  @Test
  void isReadByClientsWithoutStructuredRepliesAndWithSmallRequests() throws IOException {
    byte[] content = content();
    try (RunningServer server =
        new RunningServer(directory, new MemoryExport("disk", storage(content), false))) {
      Path copy = directory.resolve("copy.raw");
      ExternalTool.named("nbdkit")
          .mustRun(
              "-U",
              "-",
              "nbd",
              server.uri(""),
              "--run",
              "nbdcopy --request-size=16384 \"$uri\" " + copy);
      assertArrayEquals(content, Files.readAllBytes(copy));
    }
  }

  @Test
  void tellsWhatIsDataAndWhatIsNot() throws IOException {
    try (RunningServer server =
        new RunningServer(directory, new MemoryExport("disk", storage(content()), true))) {
      String map = ExternalTool.named("nbdinfo").mustRun("--map", server.uri(""));
      List<String> lines = map.lines().map(String::strip).toList();
      assertEquals(28, lines.size(), map);
      assertTrue(lines.get(0).matches("0 +1048576 +0 +data"), map);
      assertTrue(lines.get(1).matches("1048576 +2097152 +3 +hole,zero"), map);
      String info = ExternalTool.named("nbdinfo").mustRun("--json", server.uri("disk"));
      assertTrue(info.contains("\"can_multi_conn\": true"), info);
      assertTrue(info.contains("\"is_read_only\": false"), info);
      assertTrue(info.contains("\"description\": \"a disk for tests\""), info);
    }
  }

  @Test
  void tellsWhatIsDirty() throws IOException {
    MemoryExport export = new MemoryExport("disk", storage(content()), false);
    export.bitmaps =
        List.of(
            new DirtyBitmap() {
              @Override
              public String name() {
                return "since-monday";
              }

              @Override
              public long granularity() {
                return 65536;
              }

              @Override
              public Run runAt(long offset, long limit) {
                long half = 20 << 20;
                return offset < half ? new Run(Math.min(half, limit), true) : new Run(limit, false);
              }
            });
    try (RunningServer server = new RunningServer(directory, export)) {
      String map =
          ExternalTool.named("nbdinfo")
              .mustRun("--map=qemu:dirty-bitmap:since-monday", server.uri(""));
      List<String> lines = map.lines().map(String::strip).toList();
      assertTrue(lines.get(0).matches("0 +20971520 +1.*"), map);
      assertTrue(lines.get(1).matches("20971520 +20972032 +0.*"), map);
    }
  }

  @Test
  void offersSeveralDisksByName() throws IOException {
    byte[] second = new byte[1 << 20];
    new Random(3).nextBytes(second);
    try (RunningServer server =
        new RunningServer(
            directory,
            new MemoryExport("one", storage(content()), false),
            new MemoryExport("two", storage(second), false))) {
      String list = ExternalTool.named("nbdinfo").mustRun("--list", server.uri(""));
      assertTrue(list.contains("export=\"one\"") && list.contains("export=\"two\""), list);
      Path copy = directory.resolve("copy.raw");
      ExternalTool.named("nbdcopy").mustRun(server.uri("two"), copy);
      assertArrayEquals(second, Files.readAllBytes(copy));
      assertNotEquals(0, ExternalTool.named("nbdinfo").run(server.uri("three")).exitCode());
      assertNotEquals(0, ExternalTool.named("nbdinfo").run(server.uri("")).exitCode());
    }
  }

  @Test
  void takesWhatNbdcopyAndQemuWrite() throws IOException {
    byte[] content = content();
    Path source = directory.resolve("source.raw");
    Files.write(source, content);
    byte[] old = new byte[SIZE];
    new Random(1).nextBytes(old);
    MemoryStorage storage = storage(old);
    MemoryExport export = new MemoryExport("disk", storage, true);
    try (RunningServer server = new RunningServer(directory, export)) {
      ExternalTool.named("nbdcopy").mustRun("--flush", source, server.uri("disk"));
      assertArrayEquals(content, storage.toByteArray());
      assertTrue(export.flushes.get() > 0);
      ExternalTool.qemuIo()
          .mustRun(
              "-f",
              "raw",
              "-c",
              "write -P 0x5a 1M 3M",
              "-c",
              "write -z 5M 64k",
              "-c",
              "discard 7M 1M",
              "-c",
              "write -f -P 1 8M 512",
              "-c",
              "flush",
              server.uri("disk"));
      Arrays.fill(content, 1 << 20, 4 << 20, (byte) 0x5a);
      Arrays.fill(content, 5 << 20, (5 << 20) + (64 << 10), (byte) 0);
      Arrays.fill(content, 7 << 20, 8 << 20, (byte) 0);
      Arrays.fill(content, 8 << 20, (8 << 20) + 512, (byte) 1);
      assertArrayEquals(content, storage.toByteArray());
      assertTrue(export.discards.get() > 0);
    }
  }

  @Test
  void refusesToWriteWhatIsReadOnly() throws IOException {
    byte[] content = content();
    MemoryStorage storage = storage(content.clone());
    try (RunningServer server =
        new RunningServer(directory, new MemoryExport("disk", storage, false))) {
      ExternalTool.Result result =
          ExternalTool.qemuIo().run("-f", "raw", "-c", "write 0 512", server.uri("disk"));
      assertNotEquals(0, result.exitCode(), result::toString);
      assertArrayEquals(content, storage.toByteArray());
    }
  }

  @Test
  void tellsTheClientThatARequestFailed() throws IOException {
    MemoryExport export = new MemoryExport("disk", storage(content()), true);
    export.failure =
        new IOException("/secret/place: failed", new SystemException("/secret/place", "write", 28));
    try (RunningServer server = new RunningServer(directory, export)) {
      ExternalTool.Result result =
          ExternalTool.qemuIo().run("-f", "raw", "-c", "write 0 512", server.uri("disk"));
      assertTrue(result.toString().contains("No space left on device"), result::toString);
      assertTrue(!result.toString().contains("secret"), result::toString);
    }
  }
}
