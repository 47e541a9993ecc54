package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.image.spi.OpenRequest;
import dev.platter.image.spi.ResizeRequest;
import dev.platter.storage.FileStorage;
import dev.platter.storage.MemoryStorage;
import dev.platter.storage.WritableStorage;
import dev.platter.testdata.ChangeJournal;
import dev.platter.testdata.ExternalTool;
import dev.platter.testdata.MemoryTarget;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers of version 2 that this makes and changes, judged by cryptsetup. */
class Luks2WriteInteropTest {
  private static final int SIZE = 100 << 10;
  private static final String PHRASE = "a passphrase";
  private static final String CHEAP = "pbkdf=pbkdf2,iter-time=1";
  private static final Passphrases SECRETS =
      new Passphrases(Map.of("s", PHRASE, "other", "another", "third", "the third"));

  @TempDir Path directory;
  private final ExternalTool cryptsetup = ExternalTool.named("cryptsetup");

  private static byte[] content() {
    byte[] bytes = new byte[SIZE];
    new Random(23).nextBytes(bytes);
    Arrays.fill(bytes, 4096, 40000, (byte) 0);
    return bytes;
  }

  private Path key(String phrase) throws IOException {
    return Files.writeString(directory.resolve("key"), phrase);
  }

  private boolean opens(Path luks, String phrase) throws IOException {
    int code =
        cryptsetup
            .run("open", "--test-passphrase", "--disable-locks", luks, "--key-file", key(phrase))
            .exitCode();
    // 1: there is no slot to try
    assertTrue(code >= 0 && code <= 2, "exit code " + code);
    return code == 0;
  }

  /** What cryptsetup reads, which needs no device to take an encryption off. */
  private byte[] decrypted(Path luks) throws IOException {
    Path copy = Files.copy(luks, directory.resolve("copy"));
    cryptsetup.mustRun(
        "reencrypt",
        "--decrypt",
        "-q",
        "--header",
        directory.resolve("exported"),
        "--force-offline-reencrypt",
        "--disable-locks",
        "--key-file",
        key(PHRASE),
        copy);
    return Files.readAllBytes(copy);
  }

  @ParameterizedTest
  @CsvSource({
    "'pbkdf=pbkdf2,iter-time=1', 512, pbkdf2, aes-xts-plain64",
    "'iter-time=1,pbkdf-memory=64k,sector-size=4096', 4096, argon2id, aes-xts-plain64",
    "'pbkdf=argon2i,iter-time=1,pbkdf-memory=1M,sector-size=1024,cipher-alg=serpent-256,"
        + "cipher-mode=cbc,ivgen-alg=essiv,ivgen-hash-alg=sha256', 1024, argon2i,"
        + " serpent-cbc-essiv:sha256"
  })
  void cryptsetupReadsIt(String options, int sectorSize, String derivation, String cipher)
      throws IOException {
    for (boolean sequential : new boolean[] {false, true}) {
      byte[] content = Arrays.copyOf(content(), SIZE / sectorSize * sectorSize);
      Path luks = directory.resolve("luks" + sequential);
      Files.write(luks, LuksWriteInteropTest.written(content, ",version=2," + options, sequential));
      String dump = cryptsetup.mustRun("luksDump", luks);
      assertTrue(dump.contains("sector: " + sectorSize + " [bytes]"), dump);
      assertTrue(dump.contains(derivation) && dump.contains("cipher: " + cipher), dump);
      assertTrue(opens(luks, PHRASE));
      assertFalse(opens(luks, "another"));
      assertArrayEquals(content, LuksReadInteropTest.read(luks, SECRETS.request()));
      if (cipher.startsWith("aes") && !sequential) {
        assertArrayEquals(content, Arrays.copyOf(decrypted(luks), content.length));
      }
    }
  }

  private static EditRequest request() {
    return new EditRequest(
        Limits.DEFAULT,
        EditRequest.strict().outside(),
        Identity.seeded("edit", Instant.EPOCH),
        SECRETS.request().options());
  }

  private static void amend(WritableStorage storage, String options, boolean forced)
      throws IOException {
    FormatOptions parsed =
        FormatOptions.parse(List.of(options), new LuksFormat().amendOptions()).with(SECRETS);
    try (ImageEditor editor = new LuksFormat().edit(storage, request())) {
      var amendment = editor.amendment().orElseThrow();
      (forced ? amendment.forced() : amendment).amend(parsed, Optional.empty());
    }
  }

  private static void amend(Path luks, String options, boolean forced) throws IOException {
    try (FileStorage storage = FileStorage.openForWriting(luks)) {
      amend(storage, options, forced);
    }
  }

  private static byte[] bySecret(Path luks, String id) throws IOException {
    FormatOptions options = FormatOptions.none().with(LuksFormat.KEY_SECRET, id).with(SECRETS);
    return LuksReadInteropTest.read(
        luks,
        new OpenRequest(Limits.DEFAULT, OpenRequest.strict().outside(), Optional.empty(), options));
  }

  @Test
  void slotsAreFilledAndErasedBesideThoseOfCryptsetup() throws IOException {
    Path luks = directory.resolve("luks");
    Files.write(luks, LuksWriteInteropTest.written(content(), ",version=2," + CHEAP, false));
    Path other = Files.writeString(directory.resolve("other"), "another");
    cryptsetup.mustRun(
        "luksAddKey",
        "-q",
        "--disable-locks",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "--key-slot",
        "1",
        "--key-file",
        key(PHRASE),
        luks,
        other);
    cryptsetup.mustRun("config", "--label", "a label", luks);
    cryptsetup.mustRun(
        "token", "add", "--key-description", "x", "--key-slot", "1", "--disable-locks", luks);
    amend(luks, "state=active,new-secret=third,iter-time=1,pbkdf-memory=64k", false);
    for (String phrase : List.of(PHRASE, "another", "the third")) {
      assertTrue(opens(luks, phrase), phrase);
    }
    assertArrayEquals(content(), bySecret(luks, "third"));
    amend(luks, "state=inactive,old-secret=other", false);
    assertFalse(opens(luks, "another"));
    amend(luks, "state=inactive,keyslot=0", false);
    // Before cryptsetup sees it, which would mend the second copy.
    byte[] bytes = Files.readAllBytes(luks);
    assertArrayEquals(
        Arrays.copyOfRange(bytes, 4096, 16384), Arrays.copyOfRange(bytes, 20480, 32768));
    assertFalse(opens(luks, PHRASE));
    assertTrue(opens(luks, "the third"));
    String dump = cryptsetup.mustRun("luksDump", luks);
    assertTrue(dump.contains("a label") && dump.contains("luks2-keyring"), dump);
    assertEquals(1, dump.split("AF stripes").length - 1, dump);
    IllegalOptionException last =
        assertThrows(
            IllegalOptionException.class, () -> amend(luks, "state=inactive,keyslot=2", false));
    assertTrue(last.getMessage().contains("only active keyslot 2"), last::getMessage);
    amend(luks, "state=inactive,keyslot=2", true);
    assertFalse(opens(luks, "the third"));
  }

  @Test
  void aSlotIsReplacedByForceAlone() throws IOException {
    Path luks = directory.resolve("luks");
    Files.write(luks, LuksWriteInteropTest.written(content(), ",version=2," + CHEAP, false));
    String options = "state=active,new-secret=other,keyslot=0," + CHEAP;
    assertThrows(IllegalOptionException.class, () -> amend(luks, options, false));
    amend(luks, options, true);
    assertFalse(opens(luks, PHRASE));
    assertArrayEquals(content(), bySecret(luks, "other"));
  }

  /** A header of cryptsetup's that is small, so that it can be cut off often. */
  private Path small() throws IOException {
    Path luks = Files.write(directory.resolve("small"), new byte[1 << 20]);
    cryptsetup.mustRun(
        "luksFormat",
        "-q",
        "--type",
        "luks2",
        "--pbkdf",
        "pbkdf2",
        "--pbkdf-force-iterations",
        "1000",
        "-c",
        "aes-cbc-plain64",
        "-s",
        "128",
        "--luks2-keyslots-size",
        "512k",
        "--offset",
        "1088",
        "--disable-locks",
        luks,
        "--key-file",
        key(PHRASE));
    return luks;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "state=active,new-secret=other," + CHEAP,
        "state=active,new-secret=s,keyslot=0," + CHEAP,
        "state=inactive,keyslot=1"
      })
  void whereverThePowerFailsThePassphraseThatStaysOpensIt(String options) throws IOException {
    Path luks = small();
    amend(luks, "state=active,new-secret=third,keyslot=1," + CHEAP, false);
    byte[] expected = bySecret(luks, "s");
    ChangeJournal journal = new ChangeJournal();
    amend(journal.open("luks", Files.readAllBytes(luks)), options, true);
    Path found = directory.resolve("found");
    int[] count = new int[1];
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          Files.write(found, media.get("luks").toByteArray());
          assertArrayEquals(expected, bySecret(found, "s"), "at change " + cut);
          if (count[0]++ % 50 == 0) {
            assertTrue(opens(found, PHRASE), "at change " + cut);
          }
        });
    assertTrue(count[0] > 10, "cut " + count[0] + " times");
  }

  /** The sound copy is all that there is until the other one is made anew. */
  @ParameterizedTest
  @ValueSource(ints = {0, 16384})
  void aDamagedCopyIsMadeAnewBeforeTheSoundOneIsTouched(int copy) throws IOException {
    Path luks = small();
    byte[] bytes = Files.readAllBytes(luks);
    bytes[copy + 5000] ^= 1;
    Files.write(luks, bytes);
    byte[] expected = bySecret(luks, "s");
    ChangeJournal journal = new ChangeJournal();
    WritableStorage storage = journal.open("luks", bytes);
    amend(storage, "state=active,new-secret=other," + CHEAP, false);
    journal.cutEverywhere(
        1,
        (cut, media) -> {
          Files.write(luks, media.get("luks").toByteArray());
          assertArrayEquals(expected, bySecret(luks, "s"), "at change " + cut);
        });
    byte[] done = new byte[bytes.length];
    storage.readFully(0, MemorySegment.ofArray(done));
    assertArrayEquals(
        Arrays.copyOfRange(done, 4096, 16384), Arrays.copyOfRange(done, 20480, 32768));
    Files.write(luks, done);
    assertTrue(opens(luks, PHRASE));
    assertTrue(opens(luks, "another"));
  }

  @Test
  void aDiskWhoseLengthTheHeaderSaysIsResizedWithIt() throws IOException {
    Path luks = directory.resolve("luks");
    byte[] bytes = LuksWriteInteropTest.written(content(), ",version=2," + CHEAP, false);
    MemoryStorage storage = MemoryStorage.of("luks", bytes);
    for (int size : new int[] {SIZE - 4096, SIZE + 8192}) {
      try (ImageEditor editor = new LuksFormat().edit(storage, request())) {
        dev.platter.image.luks.DiskLength.change(
            storage, dev.platter.image.Fault.in("luks", "luks"), editor.info().virtualSize());
      }
      try (ImageEditor editor = new LuksFormat().edit(storage, request())) {
        editor.resize(new ResizeRequest(size));
        assertEquals(size, editor.info().virtualSize());
      }
      assertEquals((16 << 20) + size, storage.size());
      Files.write(luks, storage.toByteArray());
      assertTrue(cryptsetup.mustRun("luksDump", luks).contains("length: " + size + " [bytes]"));
      assertArrayEquals(
          Arrays.copyOf(content(), SIZE - 4096),
          Arrays.copyOf(LuksReadInteropTest.read(luks, SECRETS.request()), SIZE - 4096));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"iter-time=1", "version=2," + CHEAP})
  void aHeaderIsMadeInAFileOfItsOwn(String options) throws IOException {
    MemoryTarget target = new MemoryTarget();
    FormatOptions parsed =
        FormatOptions.parse(
                List.of("key-secret=s,detached-header=on," + options),
                new LuksFormat().createOptions())
            .with(SECRETS);
    try (var writer =
        new LuksFormat().create(new CreateRequest(SIZE, parsed, false, Optional.empty(), target))) {
      writer.finish();
    }
    Path header = directory.resolve("header");
    Files.write(header, ((MemoryStorage) target.storage()).toByteArray());
    Path payload = Files.write(directory.resolve("payload"), new byte[SIZE]);
    assertEquals(
        0,
        cryptsetup
            .run(
                "open",
                "--test-passphrase",
                "--disable-locks",
                "--header",
                header,
                payload,
                "--key-file",
                key(PHRASE))
            .exitCode());
    OpenRequest open =
        new OpenRequest(
            Limits.DEFAULT,
            reference -> FileStorage.openForReading(Path.of(reference.name())),
            Optional.empty(),
            SECRETS.request().options().with(LuksFormat.HEADER_FILE, header.toString()));
    assertEquals(SIZE, LuksReadInteropTest.read(payload, open).length);
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () -> LuksWriteInteropTest.written(content(), ",detached-header=on," + options, false));
    assertTrue(refused.getMessage().contains("no disk behind it"), refused::getMessage);
  }

  @ParameterizedTest
  @CsvSource({
    "'sector-size=4096', needs version=2",
    "'version=3', expects 1 or 2",
    "'version=2,sector-size=8192', '512, 1024, 2048 or 4096'",
    "'version=2,pbkdf=scrypt', does not accept value 'scrypt'",
    "'version=2,pbkdf-memory=1', 32 KiB to 4 GiB",
    "'version=2,hash-alg=sha1', is of version 1"
  })
  void optionsThatMakeNoSenseAreRefused(String options, String words) {
    IllegalOptionException refused =
        assertThrows(
            IllegalOptionException.class,
            () -> LuksWriteInteropTest.written(content(), "," + options, false));
    assertTrue(refused.getMessage().contains(words), refused::getMessage);
  }
}
