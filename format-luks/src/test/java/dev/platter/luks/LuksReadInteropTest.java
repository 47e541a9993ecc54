package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.OpenRequest;
import dev.platter.storage.FileStorage;
import dev.platter.testdata.ExternalTool;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What qemu-img and cryptsetup have encrypted. qemu-img takes seconds to choose its iterations. */
class LuksReadInteropTest {
  private static final int SIZE = 300 << 10;
  private static final String PHRASE = "corr\u00e9ct horse";

  @TempDir Path directory;

  private static byte[] content() {
    byte[] bytes = new byte[SIZE];
    new Random(21).nextBytes(bytes);
    Arrays.fill(bytes, 4096, 70000, (byte) 0);
    return bytes;
  }

  /** The disk, read in parts that begin and end within sectors. */
  static byte[] read(Path file, OpenRequest request) throws IOException {
    try (FileStorage storage = FileStorage.openForReading(file);
        DiskImage image = new LuksFormat().open(storage, request);
        GuestReader reader = new GuestReader()) {
      byte[] bytes = new byte[(int) image.info().virtualSize()];
      int[] lengths = {1, 511, 513, 4096, 70001, 16};
      for (int at = 0, i = 0; at < bytes.length; i++) {
        int count = Math.min(lengths[i % lengths.length], bytes.length - at);
        reader.read(image.map(), at, MemorySegment.ofArray(bytes).asSlice(at, count));
        at += count;
      }
      return bytes;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "cipher-alg=twofish-256,cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256",
        "cipher-alg=cast5-128,cipher-mode=ctr,ivgen-alg=plain,hash-alg=sha512",
        "cipher-alg=serpent-256,cipher-mode=ecb,hash-alg=ripemd160"
      })
  void readsWhatQemuWrote(String options) throws IOException {
    Path raw = Files.write(directory.resolve("raw"), content());
    Path luks = directory.resolve("luks");
    QemuLuks.convert(raw, luks, options, PHRASE);
    assertArrayEquals(content(), read(luks, Passphrases.of(PHRASE).request()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"xts-plain64", "cbc-essiv:sha256"})
  void readsAnyKeySlotOfCryptsetup(String mode) throws IOException {
    ExternalTool cryptsetup = ExternalTool.named("cryptsetup");
    Path first = Files.writeString(directory.resolve("first"), "first");
    Path second = Files.writeString(directory.resolve("second"), PHRASE);
    Path luks = Files.write(directory.resolve("luks"), new byte[4 << 20]);
    String bits = mode.startsWith("xts") ? "512" : "256";
    cryptsetup.mustRun(
        "luksFormat",
        "-q",
        "--type",
        "luks1",
        "-c",
        "aes-" + mode,
        "-s",
        bits,
        "--pbkdf-force-iterations",
        "1000",
        luks,
        "--key-file",
        first);
    cryptsetup.mustRun(
        "luksAddKey",
        "-q",
        "--pbkdf-force-iterations",
        "1000",
        "--key-file",
        first,
        "--key-slot",
        "5",
        luks,
        second);
    byte[] byFirst = read(luks, Passphrases.of("first").request());
    assertArrayEquals(byFirst, read(luks, Passphrases.of(PHRASE).request()));
    cryptsetup.mustRun("luksKillSlot", "-q", luks, "0", "--key-file", second);
    assertArrayEquals(byFirst, read(luks, Passphrases.of(PHRASE).request()));
    refused("Invalid password", luks, Passphrases.of("first").request());
  }

  /** cryptsetup encrypts a file in place, by itself. */
  @ParameterizedTest
  @CsvSource({
    "512, --pbkdf pbkdf2 --pbkdf-force-iterations 1000 --hash sha512",
    "4096, --pbkdf argon2id --pbkdf-memory 1024 --pbkdf-force-iterations 4 --pbkdf-parallel 2",
    "2048, --pbkdf argon2i --pbkdf-memory 512 --pbkdf-force-iterations 5 -s 256",
    "1024, --pbkdf pbkdf2 --pbkdf-force-iterations 1000 -c aes-cbc-essiv:sha256 -s 256"
  })
  void readsWhatCryptsetupEncrypted(int sectorSize, String options) throws IOException {
    Path luks = CryptsetupLuks2.encrypted(directory, content4k(), sectorSize, options, PHRASE);
    byte[] read = read(luks, Passphrases.of(PHRASE).request());
    assertArrayEquals(content4k(), Arrays.copyOf(read, content4k().length));
    refused("Invalid password", luks, Passphrases.of("other").request());
  }

  private static byte[] content4k() {
    return Arrays.copyOf(content(), SIZE / 4096 * 4096);
  }

  @Test
  void oneCopyOfAHeaderIsEnoughAndTheNewerOneCounts() throws IOException {
    Path luks =
        CryptsetupLuks2.encrypted(
            directory, content4k(), 512, "--pbkdf pbkdf2 --pbkdf-force-iterations 1000", PHRASE);
    byte[] whole = Files.readAllBytes(luks);
    for (int copy : new int[] {0, 16384}) {
      byte[] damaged = whole.clone();
      damaged[copy + 5000] ^= 1;
      Files.write(luks, damaged);
      byte[] read = read(luks, Passphrases.of(PHRASE).request());
      assertArrayEquals(content4k(), Arrays.copyOf(read, content4k().length));
      try (FileStorage storage = FileStorage.openForReading(luks);
          DiskImage image = new LuksFormat().open(storage, OpenRequest.strict())) {
        assertTrue(image.remarks().toString().contains("two copies"), image.remarks().toString());
      }
    }
    byte[] both = whole.clone();
    both[5000] ^= 1;
    both[16384 + 5000] ^= 1;
    Files.write(luks, both);
    refused("neither copy", luks, Passphrases.of(PHRASE).request());
  }

  @ParameterizedTest
  @ValueSource(strings = {"luks1", "luks2"})
  void readsADiskWhoseHeaderLiesElsewhere(String type) throws IOException {
    Path key = Files.writeString(directory.resolve("key"), PHRASE);
    Path payload = Files.write(directory.resolve("payload"), new byte[1 << 20]);
    Path header = directory.resolve("header");
    ExternalTool.named("cryptsetup")
        .mustRun(
            "luksFormat",
            "-q",
            "--type",
            type,
            "--pbkdf",
            "pbkdf2",
            "--pbkdf-force-iterations",
            "1000",
            "--header",
            header,
            payload,
            "--key-file",
            key);
    FormatOptions options =
        FormatOptions.none()
            .with(LuksFormat.KEY_SECRET, "s")
            .with(LuksFormat.HEADER_FILE, header.toString())
            .with(Passphrases.of(PHRASE));
    OpenRequest request =
        new OpenRequest(
            Limits.DEFAULT,
            reference -> FileStorage.openForReading(Path.of(reference.name())),
            Optional.empty(),
            options);
    assertEquals(1 << 20, read(payload, request).length);
    if (type.equals("luks1")) {
      refused("a header by itself", header, Passphrases.of(PHRASE).request());
    }
  }

  static void refused(String words, Path luks, OpenRequest request) {
    IOException refused = assertThrows(IOException.class, () -> read(luks, request));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
    assertTrue(!refused.getMessage().contains(PHRASE), refused::getMessage);
    assertEquals(words.equals("Invalid password"), refused instanceof IllegalOptionException);
  }
}
