package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.disk.GuestReader;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted qcow2 of QEMU's: the disk, its snapshots, and what shows through from below. */
class Qcow2EncryptionInteropTest {
  private static final String PHRASE = "longer than sixteen bytes";
  private static final int SIZE = 1 << 20;

  @TempDir Path directory;

  private static byte[] read(BlockMap map) throws IOException {
    byte[] bytes = new byte[(int) map.size()];
    try (GuestReader reader = new GuestReader()) {
      int[] lengths = {513, 1, 70000, 511};
      for (int at = 0, i = 0; at < bytes.length; i++) {
        int count = Math.min(lengths[i % lengths.length], bytes.length - at);
        reader.read(map, at, MemorySegment.ofArray(bytes).asSlice(at, count));
        at += count;
      }
    }
    return bytes;
  }

  private static String imageOptions(Path file) {
    return "driver=qcow2,encrypt.key-secret=s,file.filename=" + file;
  }

  /** A new encrypted image; qemu-img gives up at times when it measures its own speed. */
  private Path create(String options) {
    Path file = directory.resolve("a.qcow2");
    ExternalTool.Result result = null;
    for (int i = 0; i < 50 && (result == null || result.exitCode() != 0); i++) {
      result =
          ExternalTool.qemuImg()
              .run(
                  "create",
                  "-f",
                  "qcow2",
                  "--object",
                  "secret,id=s,data=" + PHRASE,
                  "-o",
                  "encrypt.key-secret=s," + options,
                  file,
                  SIZE);
    }
    result.mustExit(0);
    return file;
  }

  private void write(Path file, String command) {
    ExternalTool.qemuIo()
        .mustRun(
            "--object",
            "secret,id=s,data=" + PHRASE,
            "--image-opts",
            imageOptions(file),
            "-c",
            command);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encrypt.format=aes,cluster_size=4096",
        "encrypt.format=luks,encrypt.iter-time=10,encrypt.cipher-mode=cbc,"
            + "encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256,extended_l2=on"
      })
  void readsWhatQemuWrote(String options) throws IOException {
    byte[] now = new byte[SIZE];
    new Random(3).nextBytes(now);
    Path raw = Files.write(directory.resolve("raw"), now);
    Path base = directory.resolve("base");
    byte[] below = new byte[SIZE];
    Arrays.fill(below, (byte) 7);
    Files.write(base, below);
    Path file = create(options + ",backing_file=" + base + ",backing_fmt=raw");
    write(file, "write -s " + raw + " 0 300k");
    ExternalTool.qemuImg()
        .mustRun(
            "snapshot",
            "-c",
            "before",
            "--object",
            "secret,id=s,data=" + PHRASE,
            "--image-opts",
            imageOptions(file));
    write(file, "write -P 0x33 100k 100k");
    byte[] before = below.clone();
    System.arraycopy(now, 0, before, 0, 300 << 10);
    byte[] after = before.clone();
    Arrays.fill(after, 100 << 10, 200 << 10, (byte) 0x33);
    String format = options.contains("=aes") ? "aes" : "luks";
    try (FileStorage storage = FileStorage.openForReading(file);
        DiskImage image = new Qcow2Format().open(storage, Passphrase.of(PHRASE).request(format))) {
      BlockMap top = image.map();
      BlockMap snapshot = image.snapshotMap(image.info().snapshots().getFirst());
      assertArrayEquals(Arrays.copyOf(after, 300 << 10), Arrays.copyOf(read(top), 300 << 10));
      assertArrayEquals(Arrays.copyOf(before, 300 << 10), Arrays.copyOf(read(snapshot), 300 << 10));
      assertEquals("raw", image.parent().orElseThrow().format().orElseThrow());
      assertFalse(
          new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1)
              .contains("3333333333333333"));
    }
  }
}
