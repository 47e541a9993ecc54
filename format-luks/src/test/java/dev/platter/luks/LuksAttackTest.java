package dev.platter.luks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.platter.image.CorruptImageException;
import dev.platter.image.DiskImage;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.ImageException;
import dev.platter.image.UnsupportedFeatureException;
import dev.platter.image.disk.GuestReader;
import dev.platter.image.spi.EditRequest;
import dev.platter.image.spi.ImageEditor;
import dev.platter.storage.MemoryStorage;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Headers whose numbers are lies. */
class LuksAttackTest {
  private static final String JSON =
      """
      {"keyslots":{"0":{"type":"luks2","key_size":64,
      "af":{"type":"luks1","stripes":4000,"hash":"sha256"},
      "area":{"type":"raw","offset":"32768","size":"258048","encryption":"aes-xts-plain64",
      "key_size":64},
      "kdf":{"type":"argon2id","time":4,"memory":1024,"cpus":1,"salt":"AAAAAAAAAAAAAAAAAAAAAA=="}}},
      "tokens":{},
      "segments":{"0":{"type":"crypt","offset":"16777216","size":"dynamic","iv_tweak":"0",
      "encryption":"aes-xts-plain64","sector_size":512}},
      "digests":{"0":{"type":"pbkdf2","keyslots":["0"],"segments":["0"],"hash":"sha256",
      "iterations":1000,"salt":"AAAA","digest":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}},
      "config":{"json_size":"12288","keyslots_size":"16744448"}}\
      """;

  /** Version 1, one slot in use, 2 MiB of header and a little disk. */
  private static ByteBuffer luks1() {
    ByteBuffer bytes = ByteBuffer.allocate((2 << 20) + 4096);
    bytes.put("LUKS\u00ba\u00be\0\1".getBytes(StandardCharsets.ISO_8859_1));
    bytes.put(8, "aes".getBytes(StandardCharsets.US_ASCII));
    bytes.put(40, "xts-plain64".getBytes(StandardCharsets.US_ASCII));
    bytes.put(72, "sha256".getBytes(StandardCharsets.US_ASCII));
    bytes.putInt(104, 4096).putInt(108, 64).putInt(164, 1000);
    for (int i = 0; i < 8; i++) {
      bytes.putInt(208 + 48 * i, i == 0 ? 0x00ac71f3 : 0xdead).putInt(208 + 48 * i + 4, 1000);
      bytes.putInt(208 + 48 * i + 40, 8 + 504 * i).putInt(208 + 48 * i + 44, 4000);
    }
    return bytes;
  }

  private static void attack(byte[] bytes, Class<? extends Exception> kind, String words) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(10),
        () -> {
          IOException refused =
              assertThrows(
                  IOException.class,
                  () -> {
                    MemoryStorage storage = MemoryStorage.of("bad", bytes);
                    try (DiskImage image =
                        new LuksFormat().open(storage, Passphrases.of("a").request())) {
                      image.map();
                    }
                  });
          assertTrue(kind.isInstance(refused), refused::toString);
          assertTrue(refused.getMessage().contains(words), refused::getMessage);
        });
  }

  @ParameterizedTest
  @CsvSource({
    "108, 0, corrupt, a LUKS key of 0 bytes",
    "108, -1, corrupt, a LUKS key of 4294967295 bytes",
    "108, 65, unsupported, does not fit",
    "104, 1, corrupt, overlapping with the encrypted payload",
    "104, -1, corrupt, before the encrypted disk begins",
    "104, 0, unsupported, a header by itself",
    "164, 0, unsupported, PBKDF2 with 0 iterations",
    "164, -1, unsupported, PBKDF2 with 4294967295 iterations",
    "212, 0, unsupported, PBKDF2 with 0 iterations",
    "212, -1, unsupported, PBKDF2 with 4294967295 iterations",
    "248, 0, corrupt, overlapping with the LUKS header",
    "248, -1, corrupt, overlapping with the encrypted payload",
    "248, 513, corrupt, Keyslots 0 and 1 are overlapping",
    "252, 0, corrupt, Keyslot 0 is corrupted (stripes)",
    "252, -1, corrupt, Keyslot 0 is corrupted (stripes)",
    "8, 0x64657300, unsupported, cipher des",
    "40, 0x6c72772d, unsupported, mode aes-lrw-plain64",
    "72, 0x78787800, unsupported, hash 'xxx'",
    "4, 0xbabe0007, unsupported, LUKS version 7"
  })
  void aLieOfVersion1IsRefused(int offset, String value, String kind, String words) {
    ByteBuffer bytes = luks1();
    bytes.putInt(offset, Long.decode(value).intValue());
    attack(bytes.array(), kind(kind), words);
  }

  @Test
  void theHeaderThatIsChangedHereIsAsGoodAsItCanBe() throws IOException {
    try (DiskImage image =
        new LuksFormat()
            .open(MemoryStorage.of("good", luks1().array()), Passphrases.of("a").request())) {
      assertTrue(image.info().virtualSize() == 4096);
    }
    attack(luks1().array(), IOException.class, "Invalid password");
    attack(luks2(JSON), IOException.class, "Invalid password");
  }

  private static Class<? extends Exception> kind(String kind) {
    return kind.equals("corrupt") ? CorruptImageException.class : UnsupportedFeatureException.class;
  }

  private static byte[] luks2(String json) {
    ByteBuffer bytes = ByteBuffer.allocate((16 << 20) + 4096);
    bytes.put("LUKS\u00ba\u00be\0\2".getBytes(StandardCharsets.ISO_8859_1));
    bytes.putLong(8, 16384).putLong(16, 1);
    bytes.put(72, "sha256".getBytes(StandardCharsets.US_ASCII));
    bytes.put(4096, json.getBytes(StandardCharsets.UTF_8));
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(bytes.array(), 0, 16384);
      bytes.put(448, digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
    return bytes.array();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"memory\":1024 | \"memory\":4294967295 | unsupported | Argon2",
        "\"time\":4 | \"time\":4294967295 | unsupported | Argon2",
        "\"cpus\":1 | \"cpus\":0 | unsupported | Argon2",
        "\"iterations\":1000 | \"iterations\":4294967295 | unsupported | PBKDF2 with",
        "\"iterations\":1000 | \"iterations\":\"x\" | corrupt | digests.0.iterations",
        "\"stripes\":4000 | \"stripes\":0 | corrupt | 0 stripes",
        "\"stripes\":4000 | \"stripes\":1000000000 | corrupt | 1000000000 stripes",
        "\"key_size\":64, | \"key_size\":0, | corrupt | a LUKS2 key of 0",
        "\"key_size\":64, | \"key_size\":2147483647, | corrupt | a LUKS2 key of 2147483647",
        "\"offset\":\"32768\" | \"offset\":\"0\" | corrupt | area of",
        "\"offset\":\"32768\" | \"offset\":\"9223372036854775807\" | corrupt | area of",
        "\"size\":\"258048\" | \"size\":\"16\" | corrupt | area of 16",
        "\"offset\":\"16777216\" | \"offset\":\"1\" | corrupt | segment",
        "\"offset\":\"16777216\" | \"offset\":\"9223372036854775296\" | corrupt | segment",
        "\"offset\":\"16777216\" | \"offset\":\"102400000000\" | corrupt | before the encrypted",
        "\"size\":\"dynamic\" | \"size\":\"1\" | corrupt | segment of 1",
        "\"size\":\"dynamic\" | \"size\":\"9223372036854775296\" | corrupt | of a disk of",
        "\"sector_size\":512 | \"sector_size\":0 | corrupt | sector size 0",
        "\"sector_size\":512 | \"sector_size\":8192 | corrupt | sector size 8192",
        "\"iv_tweak\":\"0\" | \"iv_tweak\":\"9223372036854775807\" | unsupported | IV tweak",
        "\"segments\":{\"0\": | \"segments\":{\"1\": | unsupported | segments [1]",
        "\"type\":\"crypt\" | \"type\":\"linear\" | unsupported | linear",
        "\"type\":\"crypt\" | \"type\":\"crypt\",\"integrity\":{} | unsupported | integrity",
        "\"json_size\" | \"requirements\":{\"mandatory\":[\"x\"]},\"json_size\" | unsupported "
            + "| requires x",
        "\"type\":\"argon2id\" | \"type\":\"scrypt\" | unsupported | 'scrypt'",
        "\"keyslots\":{ | \"keyslots\":7,\"x\":{ | corrupt | keyslots is missing",
        "aes-xts-plain64 | aes-lrw-benbi | unsupported | lrw"
      })
  void aLieOfVersion2IsRefused(String from, String to, String kind, String words) {
    assertTrue(JSON.contains(from), from);
    attack(luks2(JSON.replace(from, to)), kind(kind), words);
  }

  /** What opens well enough, and is only met when a slot is changed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"tokens\":{} | \"tokens\":[] | tokens is not an object",
        "\"size\":\"258048\" | \"size\":\"9223372036854775807\" | no room aside for it",
        "\"offset\":\"32768\" | \"offset\":\"16777216\" | no room aside for it",
        "\"16744448\" | \"9223372036854775807\" | the key slots of the LUKS2 header have"
      })
  void aLieAboutASlotIsNotWrittenBy(String from, String to, String words) throws IOException {
    assertTrue(JSON.contains(from), from);
    MemoryStorage storage = MemoryStorage.of("bad", luks2(JSON.replace(from, to)));
    byte[] before = storage.toByteArray();
    FormatOptions options = FormatOptions.none().with("state", "inactive").with("keyslot", "0");
    try (ImageEditor editor = new LuksFormat().edit(storage, EditRequest.strict())) {
      IOException refused =
          assertThrows(
              IOException.class,
              () -> editor.amendment().orElseThrow().forced().amend(options, Optional.empty()));
      assertTrue(refused.getMessage().contains(words), refused::getMessage);
    }
    assertArrayEquals(before, storage.toByteArray());
  }

  @Test
  void jsonThatIsNoneOrABombIsRefused() {
    for (String json :
        new String[] {
          "", "[]", "{", "{\"a\":".repeat(2000), "[".repeat(12000), "[[],".repeat(30)
        }) {
      attack(luks2(json), CorruptImageException.class, "neither copy");
    }
    StringBuilder many = new StringBuilder("{\"keyslots\":{");
    for (int i = 1; i <= 900; i++) {
      many.append("\"").append(i).append("\":{},");
    }
    String bomb = JSON.replace("{\"keyslots\":{", many);
    attack(luks2(bomb), CorruptImageException.class, "901 members");
  }

  /** Whatever is changed or cut off, there is an answer, soon, and no other exception. */
  @Test
  void anyDamageIsAnswered() {
    Random random = new Random(5);
    for (int i = 0; i < 600; i++) {
      byte[] bytes = i % 2 == 0 ? luks1().array() : luks2(JSON);
      int head = i % 2 == 0 ? 600 : 6000;
      for (int j = random.nextInt(3); j >= 0; j--) {
        bytes[random.nextInt(head)] = (byte) random.nextInt();
      }
      byte[] cut =
          random.nextInt(4) == 0 ? java.util.Arrays.copyOf(bytes, random.nextInt(8000)) : bytes;
      try (DiskImage image =
          new LuksFormat()
              .open(MemoryStorage.of("damaged", cut), dev.platter.image.spi.OpenRequest.strict())) {
        assertTrue(image.info().virtualSize() >= 0);
      } catch (ImageException e) {
        assertTrue(!e.getMessage().isEmpty());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  /**
   * With the passphrase, as far as the disk: what the header says decides, so that there are bytes
   * or one clear error, and a header that knows its checksum has the disk or no passphrase for it.
   */
  @Test
  void anyDamageIsAnsweredToWhoeverHasThePassphrase() throws IOException {
    Random random = new Random(7);
    byte[] content = LuksWriteInteropTest.content(100 << 10);
    for (String options : new String[] {"", ",version=2,pbkdf=pbkdf2"}) {
      byte[] whole = LuksWriteInteropTest.written(content, options, false);
      boolean isSecond = !options.isEmpty();
      for (int i = 0; i < 120; i++) {
        byte[] bytes = whole.clone();
        for (int j = random.nextInt(3); j >= 0; j--) {
          int at = random.nextInt(random.nextBoolean() ? 600 : 300_000);
          if (isSecond || !isCost(at)) {
            bytes[at] ^= (byte) (1 << random.nextInt(8));
          }
        }
        MemoryStorage storage = MemoryStorage.of("damaged", bytes);
        try (DiskImage image =
                new LuksFormat()
                    .open(storage, Passphrases.of(LuksWriteInteropTest.PHRASE).request());
            GuestReader reader = new GuestReader()) {
          byte[] disk = new byte[(int) Math.min(content.length, image.map().size())];
          reader.read(image.map(), 0, MemorySegment.ofArray(disk));
          assertTrue(!isSecond || java.util.Arrays.equals(content, disk));
        } catch (ImageException | IllegalOptionException e) {
          assertTrue(!e.getMessage().isEmpty());
        }
      }
    }
  }

  /** Whether there stands, in a header of version 1, how long a passphrase takes to try. */
  private static boolean isCost(int at) {
    boolean isOfKey = at >= 164 && at < 168;
    return isOfKey || at >= 208 && at < 592 && (at - 208) % 48 >= 4 && (at - 208) % 48 < 8;
  }
}
