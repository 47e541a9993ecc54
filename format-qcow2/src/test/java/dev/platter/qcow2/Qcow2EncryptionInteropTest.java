package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.Extent;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Target;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.OldBytes;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

  /** A disk in memory. */
  private record Disk(byte[] bytes) implements BlockMap {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public int blockSize() {
      return 1;
    }

    @Override
    public Extent extentAt(long offset, long limit) {
      return new Extent.Data(offset, limit - offset, MemoryStorage.of("disk", bytes), offset);
    }
  }

  private static CreateRequest request(String options, long size, Target target)
      throws IOException {
    FormatOptions parsed =
        FormatOptions.parse(List.of(options), new Qcow2Format().createOptions())
            .with(Passphrase.of(PHRASE));
    return new CreateRequest(
        size, parsed, options.contains("compression_level"), Optional.empty(), target);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "encrypt.format=luks,encrypt.iter-time=1",
        "encrypt.format=aes,compat=0.10,cluster_size=512",
        "encryption=on,cluster_size=4k",
        "encrypt.format=luks,encrypt.iter-time=1,extended_l2=on,cluster_size=16k,"
            + "encrypt.cipher-alg=twofish-256,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv"
      })
  void qemuReadsWhatIsWritten(String options) throws IOException {
    byte[] bytes = new byte[SIZE];
    new Random(4).nextBytes(bytes);
    Arrays.fill(bytes, 70_000, 300_000, (byte) 0);
    Arrays.fill(bytes, 400_000, 400_700, (byte) 0);
    MemoryTarget target = new MemoryTarget(new OldBytes(8 << 20));
    try (ImageWriter writer =
        new Qcow2Format().create(request("encrypt.key-secret=s," + options, SIZE, target))) {
      PlainMover.move(new Disk(bytes), writer, false, false, 1);
    }
    Path file = directory.resolve("a.qcow2");
    byte[] image = new byte[(int) target.storage().size()];
    target.storage().readFully(0, MemorySegment.ofArray(image));
    Files.write(file, image);
    Path raw = directory.resolve("raw");
    ExternalTool.qemuImg()
        .mustRun(
            "convert",
            "--object",
            "secret,id=s,data=" + PHRASE,
            "--image-opts",
            imageOptions(file),
            "-O",
            "raw",
            raw);
    assertArrayEquals(bytes, Files.readAllBytes(raw));
    ExternalTool.qemuImg()
        .mustRun(
            "check", "--object", "secret,id=s,data=" + PHRASE, "--image-opts", imageOptions(file));
    String format = options.contains("luks") ? "luks" : "aes";
    try (FileStorage storage = FileStorage.openForReading(file);
        DiskImage own = new Qcow2Format().open(storage, Passphrase.of(PHRASE).request(format))) {
      assertArrayEquals(bytes, read(own.map()));
      assertEquals(List.of(), own.check().orElseThrow().messages());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encrypt.format=foo | 'format' does not accept value 'foo'",
        "encrypt.cipher-alg=aes-128 | 'encrypt.format' is missing",
        "encrypt.format=aes,encrypt.cipher-alg=aes-128 | 'encrypt.cipher-alg' is unexpected",
        "encryption=on,encrypt.format=aes | mutually exclusive",
        "encrypt.format=aes,compression_level=3 | Compression and encryption",
        "encrypt.format=aes,preallocation=full | neither preallocation nor",
        "encrypt.format=aes,data_file=x | neither preallocation nor"
      })
  void whatDoesNotGoWithEncryptionIsRefused(String options, String words) {
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () ->
                new Qcow2Format()
                    .create(request("encrypt.key-secret=s," + options, SIZE, new MemoryTarget())));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
  }
}
