package dev.platter.image.luks;

import static dev.platter.image.luks.Luks2Slot.base64;
import static dev.platter.image.luks.Luks2Slot.object;

import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation.Pbkdf2;
import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.UUID;

/** A new header of version 2, laid out as cryptsetup does. */
final class NewLuks2 {
  private static final long HEADER = 16 << 10;
  private static final long PAYLOAD = 16 << 20;
  private static final String SECTOR_SIZE = "sector-size";
  private static final long DIGEST_ITERATIONS = 100_000;

  private NewLuks2() {}

  /** The options that version 1 does not have. */
  static List<OptionSpec> specs() {
    return List.of(
        new OptionSpec(
            SECTOR_SIZE, OptionSpec.Type.NUMBER, "Sectors of version 2, bytes (512 to 4096)"),
        NewDerivation.specs("").getFirst(),
        NewDerivation.specs("").getLast());
  }

  static int sectorSize(FormatOptions options) throws IllegalOptionException {
    OptionalLong wanted = options.number(SECTOR_SIZE);
    long size = wanted.orElse(LuksHeader.SECTOR);
    if (size < 512 || size > 4096 || Long.bitCount(size) != 1) {
      throw new IllegalOptionException(
          "Parameter 'sector-size' expects 512, 1024, 2048 or 4096, not " + size);
    }
    return (int) size;
  }

  /** Where the disk begins, bytes. */
  static long length() {
    return PAYLOAD;
  }

  /**
   * Makes a header whose first slot takes a passphrase.
   *
   * @param passphrase stays the caller's
   */
  static NewLuks create(LuksOptions options, FormatOptions texts, Secret passphrase, UUID uuid)
      throws IOException {
    int sectorSize = sectorSize(texts);
    long payload = NewLuks.isDetached(texts) ? 0 : PAYLOAD;
    Secret key = Secret.random(options.spec().keyBytes());
    Luks2Slot slot =
        Luks2Slot.fill(2 * HEADER, key, passphrase, NewDerivation.of(texts, "").choose());
    byte[] salt = new byte[32];
    new SecureRandom().nextBytes(salt);
    Map<String, Object> json;
    try (Secret digest = new Pbkdf2(Hash.SHA256, salt, DIGEST_ITERATIONS).derive(key, 32)) {
      json =
          object(
              "keyslots",
              object("0", slot.json()),
              "tokens",
              Map.of(),
              "segments",
              object("0", segment(options, payload, sectorSize)),
              "digests",
              object("0", digest(salt, digest.toArray())),
              "config",
              object(
                  "json_size",
                  Long.toString(HEADER - Luks2Head.BINARY),
                  "keyslots_size",
                  Long.toString(PAYLOAD - 2 * HEADER)));
    }
    MemorySegment bytes =
        MemorySegment.ofArray(new byte[(int) (2 * HEADER + slot.stripes().byteSize())]);
    String text = JsonWriter.text(json);
    for (long offset : new long[] {0, HEADER}) {
      MemorySegment copy =
          MemorySegment.ofArray(Luks2Head.made((int) HEADER, offset, uuid.toString(), text));
      MemorySegment.copy(copy, 0, bytes, offset, HEADER);
    }
    MemorySegment.copy(slot.stripes(), 0, bytes, 2 * HEADER, slot.stripes().byteSize());
    return new NewLuks(bytes, payload, new DiskCipher(options.spec(), key, sectorSize));
  }

  private static Map<String, Object> segment(LuksOptions options, long payload, int sectorSize) {
    return object(
        "type",
        "crypt",
        "offset",
        Long.toString(payload),
        "size",
        "dynamic",
        "iv_tweak",
        "0",
        "encryption",
        options.spec().toString(),
        "sector_size",
        (long) sectorSize);
  }

  private static Map<String, Object> digest(byte[] salt, byte[] value) {
    return object(
        "type",
        "pbkdf2",
        "keyslots",
        List.of("0"),
        "segments",
        List.of("0"),
        "hash",
        Hash.SHA256.luksName(),
        "iterations",
        DIGEST_ITERATIONS,
        "salt",
        base64(salt),
        "digest",
        base64(value));
  }
}
