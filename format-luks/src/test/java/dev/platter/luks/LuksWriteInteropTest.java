package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Reference;
import dev.platter.image.spi.Chunk;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageWriter;
import dev.platter.image.spi.Piece;
import dev.platter.image.spi.Placement;
import dev.platter.image.spi.Target;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import dev.platter.testdata.PlainMover;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What this encrypts, read by qemu-img and cryptsetup. */
class LuksWriteInteropTest {
  private static final int SIZE = 100 << 10;
  static final String PHRASE = "a passphrase";

  @TempDir Path directory;

  static byte[] content(int size) {
    byte[] bytes = new byte[size];
    new Random(22).nextBytes(bytes);
    Arrays.fill(bytes, 4096, 40000, (byte) 0);
    return bytes;
  }

  /** A target that says whether it can go back. */
  private record Memory(MemoryStorage storage, boolean sequential) implements Target {
    @Override
    public WritableStorage outside(Reference reference) {
      throw new AssertionError(reference);
    }
  }

  static byte[] written(byte[] content, String options, boolean sequential) throws IOException {
    Memory target = new Memory(new MemoryStorage("luks"), sequential);
    FormatOptions parsed =
        FormatOptions.parse(
                List.of("key-secret=s,iter-time=1" + options), new LuksFormat().createOptions())
            .with(Passphrases.of(PHRASE));
    try (ImageWriter writer =
        new LuksFormat()
            .create(new CreateRequest(content.length, parsed, false, Optional.empty(), target))) {
      MemorySegment bytes = MemorySegment.ofArray(content);
      List<Piece> pieces = new ArrayList<>();
      pieces.add(new Piece.Bytes(0, bytes.asSlice(0, 4096)));
      pieces.add(new Piece.Zero(4096, 28672));
      MemoryStorage source = MemoryStorage.of("source", content);
      pieces.add(new Piece.Stored(32768, 32768, source, 32768));
      pieces.add(new Piece.Bytes(65536, bytes.asSlice(65536)));
      for (Placement placement : writer.reserve(new Chunk(0, content.length, pieces))) {
        PlainMover.carryOut(placement);
      }
      writer.finish();
    }
    return target.storage().toByteArray();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ",cipher-alg=twofish-256,cipher-mode=cbc,ivgen-alg=essiv"})
  void qemuReadsIt(String options) throws IOException {
    byte[] content = content(SIZE);
    Path luks = Files.write(directory.resolve("luks"), written(content, options, false));
    Path raw = directory.resolve("raw");
    QemuLuks.read(luks, raw, PHRASE);
    assertArrayEquals(content, Files.readAllBytes(raw));
    assertArrayEquals(content, LuksReadInteropTest.read(luks, Passphrases.of(PHRASE).request()));
  }

  @Test
  void cryptsetupTakesItsPassphraseAndNoOther() throws IOException {
    Path luks = Files.write(directory.resolve("luks"), written(content(SIZE), "", false));
    ExternalTool cryptsetup = ExternalTool.named("cryptsetup");
    Path key = Files.writeString(directory.resolve("key"), PHRASE);
    cryptsetup.mustRun("open", "--test-passphrase", luks, "--key-file", key);
    Files.writeString(key, "another");
    cryptsetup.run("open", "--test-passphrase", luks, "--key-file", key).mustExit(2);
    assertTrue(cryptsetup.mustRun("luksDump", luks).contains("Key Slot 0: ENABLED"));
  }

  /** QEMU aborts with these. */
  @Test
  void stripesThatEndWithinASectorAreThoseOfCryptsetup() throws IOException {
    ExternalTool cryptsetup = ExternalTool.named("cryptsetup");
    Path key = Files.writeString(directory.resolve("key"), PHRASE);
    String options = ",cipher-alg=aes-192,cipher-mode=cbc";
    Path luks = Files.write(directory.resolve("luks"), written(content(SIZE), options, false));
    cryptsetup.mustRun("open", "--test-passphrase", "--disable-locks", luks, "--key-file", key);
    assertArrayEquals(
        content(SIZE), LuksReadInteropTest.read(luks, Passphrases.of(PHRASE).request()));
    Path theirs = Files.write(directory.resolve("theirs"), new byte[4 << 20]);
    cryptsetup.mustRun(
        "luksFormat",
        "-q",
        "--type",
        "luks1",
        "-c",
        "aes-cbc-plain64",
        "-s",
        "192",
        "--pbkdf-force-iterations",
        "1000",
        "--disable-locks",
        theirs,
        "--key-file",
        key);
    LuksReadInteropTest.read(theirs, Passphrases.of(PHRASE).request());
  }

  /** The header of one that goes into a pipe comes first, and nothing else is another. */
  @Test
  void aPipeGetsAsGoodAnImage() throws IOException {
    byte[] content = content(SIZE);
    Path luks = Files.write(directory.resolve("luks"), written(content, "", true));
    assertArrayEquals(content, LuksReadInteropTest.read(luks, Passphrases.of(PHRASE).request()));
  }

  @Test
  void aDiskThatEndsWithinASectorIsFilledUpWithZeros() throws IOException {
    byte[] content = content(SIZE + 100);
    Path luks = Files.write(directory.resolve("luks"), written(content, "", false));
    assertArrayEquals(
        Arrays.copyOf(content, SIZE + 512),
        LuksReadInteropTest.read(luks, Passphrases.of(PHRASE).request()));
  }

  @Test
  void nothingOfTheDiskOrThePassphraseIsInTheFileAndNoTwoAreAlike() throws IOException {
    byte[] content = new byte[SIZE];
    Arrays.fill(content, (byte) 'Q');
    byte[] one = written(content, "", false);
    byte[] two = written(content, "", false);
    String text = new String(one, StandardCharsets.ISO_8859_1);
    assertFalse(text.contains("QQQQQQ"));
    assertFalse(text.contains(PHRASE));
    assertNotEquals(
        MemorySegment.ofArray(one)
            .asSlice(one.length - SIZE)
            .mismatch(MemorySegment.ofArray(two).asSlice(two.length - SIZE)),
        -1);
  }

  @ParameterizedTest
  @CsvSource({
    "cipher-alg=des, 'cipher-alg' does not accept value 'des'",
    "cipher-alg=aes-512, 'cipher-alg' does not accept value 'aes-512'",
    "cipher-alg=cast5-128, mode cast5-xts",
    "cipher-mode=lrw, 'cipher-mode' does not accept value 'lrw'",
    "hash-alg=none, 'hash-alg' does not accept value 'none'",
    "ivgen-alg=random, 'ivgen-alg' does not accept value 'random'",
    "'ivgen-alg=essiv,ivgen-hash-alg=sha1', (the hash is no key of the cipher's)",
    "iter-time=0, iter-time",
    "preallocation=metadata, Unsupported preallocation mode"
  })
  void optionsThatMakeNoSenseAreRefused(String options, String words) {
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class, () -> written(content(SIZE), "," + options, false));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
  }

  @Test
  void withoutASecretThereIsNoImage() {
    MemoryTarget target = new MemoryTarget();
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () ->
                new LuksFormat()
                    .create(
                        new CreateRequest(
                            512, FormatOptions.none(), false, Optional.empty(), target)));
    assertEquals("Parameter 'key-secret' is required for cipher", refused.getMessage());
  }
}
