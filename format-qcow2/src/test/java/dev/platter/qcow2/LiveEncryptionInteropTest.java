package dev.platter.qcow2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.BlockMap;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Preallocation;
import dev.platter.image.disk.GuestDisk;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.qcow2.format.Encryption;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.LiveSubject;
import dev.platter.testdata.UnlockedFormat;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted qcow2 images that are changed in place, side by side with QEMU. */
class LiveEncryptionInteropTest {
  private static final String PHRASE = "open it, please";
  private static final String SECRET = "secret,id=s,data=" + PHRASE.replace(",", ",,");
  private static final int SIZE = 1 << 20;
  private static final String LUKS = "encrypt.format=luks,encrypt.iter-time=1";

  @TempDir Path directory;
  private Path file;

  private String name() {
    return "driver=qcow2,encrypt.key-secret=s,file.filename=" + file;
  }

  /** One of ours: QEMU takes seconds to make a header of LUKS. */
  private void create(String options) throws IOException {
    UnlockedFormat format =
        new UnlockedFormat(
            new Qcow2Format(),
            given -> given.with(Encryption.KEY_SECRET, "s").with(Passphrase.of(PHRASE)));
    LiveSubject made = LiveSubject.makeEmpty(format, LiveSubject.Kind.of(options), SIZE);
    file = Files.write(directory.resolve("a.qcow2"), made.files().get(LiveSubject.IMAGE));
  }

  private void qemuWrites(String command) {
    ExternalTool.qemuIo().mustRun("--object", SECRET, "--image-opts", name(), "-c", command);
  }

  private static EditRequest request(String phrase, String format) {
    return new EditRequest(
        Limits.DEFAULT,
        EditRequest.strict().outside(),
        Identity.seeded("edit", Instant.EPOCH),
        Passphrase.of(phrase).options(format));
  }

  /** What QEMU reads, and what we do. */
  private byte[] read(String format) throws IOException {
    Path raw = directory.resolve("raw");
    ExternalTool.qemuImg()
        .mustRun("convert", "--object", SECRET, "--image-opts", name(), "-O", "raw", raw);
    byte[] bytes = Files.readAllBytes(raw);
    try (FileStorage storage = FileStorage.openForReading(file);
        DiskImage image = new Qcow2Format().open(storage, Passphrase.of(PHRASE).request(format));
        GuestReader reader = new GuestReader()) {
      BlockMap map = image.map();
      byte[] own = new byte[(int) map.size()];
      reader.read(map, 0, MemorySegment.ofArray(own));
      assertArrayEquals(bytes, own);
    }
    ExternalTool.qemuImg().mustRun("check", "--object", SECRET, "--image-opts", name());
    return bytes;
  }

  private static String formatOf(String options) {
    return options.contains("=aes") ? "aes" : "luks";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        LUKS + ",cluster_size=4k",
        LUKS + ",extended_l2=on,cluster_size=16k",
        "encrypt.format=aes,cluster_size=512,compat=0.10",
      })
  void qemuAndWeWriteInTurns(String options) throws IOException {
    create(options);
    String format = formatOf(options);
    byte[] model = new byte[SIZE];
    Random random = new Random(1);
    qemuWrites("write -c -P 0x44 64k 64k"); // compressed, and so not encrypted
    Arrays.fill(model, 64 << 10, 128 << 10, (byte) 0x44);
    for (int round = 0; round < 3; round++) {
      int at = random.nextInt(SIZE / 2) & -512;
      qemuWrites("write -P " + (round + 1) + " " + at + " 100k");
      Arrays.fill(model, at, at + (100 << 10), (byte) (round + 1));
      if (round == 1) {
        ExternalTool.qemuImg()
            .mustRun("snapshot", "-c", "s", "--object", SECRET, "--image-opts", name());
      }
      try (FileStorage storage = FileStorage.openForWriting(file);
          GuestDisk disk =
              new GuestDisk(
                  new Qcow2Format().openLive(storage, request(PHRASE, format)), List.of())) {
        assertTrue(disk.newEncoder().isEmpty(), "nothing is compressed");
        for (int i = 0; i < 20; i++) {
          byte[] bytes = new byte[1 + random.nextInt(9000)];
          random.nextBytes(bytes);
          int to = random.nextInt(SIZE - bytes.length);
          disk.write(to, MemorySegment.ofArray(bytes));
          System.arraycopy(bytes, 0, model, to, bytes.length);
        }
        int to = random.nextInt(SIZE - 20_000);
        disk.zero(to, 20_000, GuestDisk.Space.values()[round % 2]);
        Arrays.fill(model, to, to + 20_000, (byte) 0);
      }
      assertArrayEquals(model, read(format), "round " + round);
    }
    String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    assertFalse(bytes.contains("\3".repeat(32)), "nothing is stored as it is");
  }

  @ParameterizedTest
  @CsvSource({
    "'" + LUKS + "', 700001, OFF",
    "'" + LUKS + "', 3000000, METADATA",
    "'" + LUKS + ",compat=0.10', 3000000, FALLOC",
    "'" + LUKS + ",extended_l2=on', 3000000, FULL",
    "encrypt.format=aes, 1060000, OFF",
    "encrypt.format=aes, 1200000, FULL",
  })
  void aResizedDiskHasZerosBehindWhatItHad(String options, int size, Preallocation how)
      throws IOException {
    create(options);
    String format = formatOf(options);
    qemuWrites("write -P 0x55 500k 524k");
    try (FileStorage storage = FileStorage.openForWriting(file);
        ImageEditor editor = new Qcow2Format().edit(storage, request(PHRASE, format))) {
      editor.resize(new ResizeRequest(SIZE - 1536));
      editor.resize(new ResizeRequest(size, how, Optional.empty()));
    }
    int least = Math.min(SIZE - 1536, size);
    byte[] expected = new byte[(size + 511) / 512 * 512];
    Arrays.fill(expected, 500 << 10, Math.min(least + 511 & -512, expected.length), (byte) 0x55);
    assertArrayEquals(expected, read(format));
  }

  @Test
  void zerosOfVersionThreeBecomeEncryptedOnes() throws IOException {
    Path base = directory.resolve("base");
    byte[] below = new byte[SIZE];
    Arrays.fill(below, (byte) 7);
    Files.write(base, below);
    file = directory.resolve("a.qcow2");
    String options = "encrypt.format=aes,encrypt.key-secret=s,cluster_size=4k,backing_fmt=raw";
    ExternalTool.qemuImg()
        .mustRun("create", "-f", "qcow2", "--object", SECRET, "-o", options, "-b", base, file);
    qemuWrites("write -z 8k 64k");
    qemuWrites("write -P 1 300k 8k");
    qemuWrites("write -z 300k 4k");
    Arrays.fill(below, 8 << 10, 72 << 10, (byte) 0);
    Arrays.fill(below, 300 << 10, 304 << 10, (byte) 0);
    Arrays.fill(below, 304 << 10, 308 << 10, (byte) 1);
    amend("compat=0.10", PHRASE, "aes", false);
    Path raw = directory.resolve("raw");
    ExternalTool.qemuImg()
        .mustRun("convert", "--object", SECRET, "--image-opts", name(), "-O", "raw", raw);
    assertArrayEquals(below, Files.readAllBytes(raw));
  }

  private void amend(String options, String phrase, String format, boolean forced)
      throws IOException {
    FormatOptions parsed =
        FormatOptions.parse(List.of(options), new Qcow2Format().amendOptions())
            .with(Passphrase.of("another"));
    try (FileStorage storage = FileStorage.openForWriting(file);
        ImageEditor editor = new Qcow2Format().edit(storage, request(phrase, format))) {
      var amendment = editor.amendment().orElseThrow();
      (forced ? amendment.forced() : amendment).amend(parsed, Optional.empty());
    }
  }

  private boolean opens(String phrase) {
    return ExternalTool.qemuImg()
            .run(
                "convert",
                "--object",
                "secret,id=s,data=" + phrase.replace(",", ",,"),
                "--image-opts",
                name(),
                "-O",
                "raw",
                directory.resolve("raw"))
            .exitCode()
        == 0;
  }

  @Test
  void keySlotsAreFilledAndErased() throws IOException {
    create(LUKS);
    qemuWrites("write -P 0x55 0 1M");
    amend(
        "encrypt.state=active,encrypt.new-secret=n,encrypt.keyslot=3,encrypt.iter-time=1",
        PHRASE,
        "luks",
        false);
    assertTrue(opens(PHRASE) && opens("another"));
    byte[] expected = new byte[SIZE];
    Arrays.fill(expected, (byte) 0x55);
    assertArrayEquals(expected, read("luks"));
    amend("encrypt.state=inactive,encrypt.keyslot=0", "another", "luks", false);
    assertTrue(opens("another"));
    assertFalse(opens(PHRASE));
    assertThrows(
        IllegalOptionException.class,
        () -> amend("encrypt.state=inactive,encrypt.keyslot=3", "another", "luks", false));
    assertTrue(opens("another"));
    amend("encrypt.state=inactive,encrypt.keyslot=3", "another", "luks", true);
    assertFalse(opens("another"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encrypt.format=aes | Only LUKS encryption options can be amended",
        LUKS + " | 'new-secret' is required to activate a keyslot",
      })
  void whatCannotBeAmendedIsRefused(String options, String words) throws IOException {
    create(options);
    byte[] before = Files.readAllBytes(file);
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () -> amend("encrypt.state=active", PHRASE, formatOf(options), false));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
    assertArrayEquals(before, Files.readAllBytes(file));
  }

  @Test
  void noKeySlotIsWrittenWhereTheImageSetsNoRoomAside() throws IOException {
    create(LUKS);
    byte[] bytes = Files.readAllBytes(file);
    int extension = 104;
    while (!(bytes[extension] == 0x05 && bytes[extension + 1] == 0x37)) {
      extension += 8;
    }
    bytes[extension + 8 + 8 + 5] = 0; // its length, of which only the lowest bytes are left
    Files.write(file, bytes);
    IOException refused =
        assertThrows(
            IOException.class,
            () -> amend("encrypt.state=active,encrypt.new-secret=n", PHRASE, "luks", false));
    assertTrue(refused.getMessage().contains("the key slots reach to"), refused::getMessage);
    assertEquals(-1, Arrays.mismatch(bytes, Files.readAllBytes(file)));
  }
}
