package dev.platter.image.luks;

import dev.platter.cipher.AntiForensic;
import dev.platter.cipher.DiskCipher;
import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation.Pbkdf2;
import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import dev.platter.image.Sizes;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * A new header, of version 1 laid out as QEMU does: the slots in steps of pages, the disk right
 * behind them. Its key and salts are random, whatever seed the rest of an image has.
 *
 * @param bytes all that lies in front of the disk, as far as anything does
 * @param payloadOffset where the disk begins, bytes; 0: in a file of its own
 * @param cipher of the disk, for its owner to close
 */
public record NewLuks(MemorySegment bytes, long payloadOffset, DiskCipher cipher) {
  private static final int PAGE = 4096;
  private static final String VERSION = "version";
  private static final String DETACHED = "detached-header";
  private static final SecureRandom RANDOM = new SecureRandom();

  /** The options of the format that is a header and a disk. */
  public static List<OptionSpec> diskSpecs() {
    List<OptionSpec> specs = new ArrayList<>(LuksOptions.specs(""));
    specs.add(new OptionSpec(DETACHED, OptionSpec.Type.BOOL, "Create a detached LUKS header"));
    specs.add(new OptionSpec(VERSION, OptionSpec.Type.NUMBER, "Version of the header (1 or 2)"));
    specs.addAll(NewLuks2.specs());
    return specs;
  }

  private static boolean isVersion2(FormatOptions options) throws IllegalOptionException {
    long version = options.number(VERSION).orElse(1);
    if (version != 1 && version != 2) {
      throw new IllegalOptionException("Parameter 'version' expects 1 or 2, not " + version);
    }
    for (OptionSpec spec : NewLuks2.specs()) {
      if (version == 1 && options.string(spec.name()).isPresent()) {
        throw new IllegalOptionException("Option '" + spec.name() + "' needs version=2");
      }
    }
    if (version == 2 && options.string("hash-alg").isPresent()) {
      throw new IllegalOptionException("Option 'hash-alg' is of version 1");
    }
    return version == 2;
  }

  /** The unit of a new disk that is encrypted by itself, bytes. */
  public static int sectorSize(FormatOptions options) throws IllegalOptionException {
    return isVersion2(options) ? NewLuks2.sectorSize(options) : LuksHeader.SECTOR;
  }

  /** Whether there shall be a header and no disk behind it. */
  public static boolean isDetached(FormatOptions options) {
    return options.bool(DETACHED, false);
  }

  /** How long what lies in front of a new disk will be, bytes. */
  public static long length(FormatOptions options) throws IllegalOptionException {
    LuksOptions wish = LuksOptions.of(options, "");
    return isVersion2(options) ? NewLuks2.length() : length(wish.spec().keyBytes());
  }

  /** Makes a header as all the options say; else as {@link #create}. */
  public static NewLuks ofDisk(FormatOptions options, Secret passphrase, UUID uuid)
      throws IOException {
    LuksOptions wish = LuksOptions.of(options, "");
    if (isVersion2(options)) {
      return NewLuks2.create(wish, options, passphrase, uuid);
    }
    long length = length(wish.spec().keyBytes());
    return create(wish, isDetached(options) ? 0 : length, passphrase, uuid);
  }

  /** How long headers are of disks with keys of that length, bytes. */
  public static long length(int keyBytes) {
    return PAGE + Luks1Header.SLOTS * slotLength(keyBytes);
  }

  private static long slotLength(int keyBytes) {
    return Sizes.roundUp((long) keyBytes * Luks1.STRIPES, PAGE);
  }

  /**
   * Makes a header whose first slot takes a passphrase.
   *
   * @param passphrase stays the caller's
   */
  public static NewLuks create(LuksOptions options, Secret passphrase, UUID uuid) {
    return create(options, length(options.spec().keyBytes()), passphrase, uuid);
  }

  private static NewLuks create(
      LuksOptions options, long payloadOffset, Secret passphrase, UUID uuid) {
    int keyBytes = options.spec().keyBytes();
    Secret key = Secret.random(keyBytes);
    MemorySegment bytes = MemorySegment.ofArray(new byte[(int) length(keyBytes)]);
    List<Luks1Header.Slot> slots = new ArrayList<>();
    for (int i = 0; i < Luks1Header.SLOTS; i++) {
      slots.add(
          new Luks1Header.Slot(
              false,
              0,
              new byte[Luks1Header.SALT_BYTES],
              PAGE + i * slotLength(keyBytes),
              Luks1.STRIPES));
    }
    long iterations = iterations(options.hash(), keyBytes, options.iterMillis());
    // The key needs no slowness; as many as others make.
    long ofKey = Math.max(1000, iterations / 8);
    byte[] salt = random(Luks1Header.SALT_BYTES);
    Luks1Header header;
    try (Secret digest =
        new Pbkdf2(options.hash(), salt, ofKey).derive(key, Luks1Header.DIGEST_BYTES)) {
      header =
          new Luks1Header(
              new Luks1Header.CipherWords(
                  options.spec().algorithm().luksName(),
                  options.spec().modeWords(),
                  options.hash().luksName(),
                  keyBytes),
              payloadOffset,
              new Luks1Header.Digest(digest.toArray(), salt, ofKey),
              uuid.toString(),
              slots);
    }
    Filled first = fill(header, 0, options, key, passphrase, iterations);
    first.header().writeTo(bytes);
    MemorySegment.copy(
        first.stripes(), 0, bytes, slots.getFirst().offset(), first.stripes().byteSize());
    return new NewLuks(
        bytes, payloadOffset, new DiskCipher(options.spec(), key, LuksHeader.SECTOR));
  }

  /** A header with one more slot, and what is to be written where that says its stripes lie. */
  record Filled(Luks1Header header, MemorySegment stripes) {}

  /** Puts a key under a passphrase. */
  static Filled fill(
      Luks1Header header,
      int number,
      LuksOptions options,
      Secret key,
      Secret passphrase,
      long iterations) {
    byte[] salt = random(Luks1Header.SALT_BYTES);
    byte[] split = AntiForensic.split(key, Luks1.STRIPES, options.hash(), RANDOM);
    MemorySegment stripes =
        MemorySegment.ofArray(Arrays.copyOf(split, Luks1.storedLength(key.length())));
    Arrays.fill(split, (byte) 0);
    Secret derived =
        new Pbkdf2(options.hash(), salt, iterations).derive(passphrase, options.spec().keyBytes());
    try (DiskCipher area = new DiskCipher(options.spec(), derived, LuksHeader.SECTOR)) {
      area.newSectorCipher().encrypt(0, stripes);
    }
    Luks1Header.Slot slot =
        new Luks1Header.Slot(
            true, iterations, salt, header.slots().get(number).offset(), Luks1.STRIPES);
    return new Filled(header.with(number, slot), stripes);
  }

  /**
   * How many iterations of PBKDF2 take that long here, at least 1000. Code that is not compiled yet
   * is slower, so a first try is not counted.
   */
  static long iterations(Hash hash, int keyBytes, long millis) {
    long least = 1000;
    try (Secret secret = Secret.random(16)) {
      long wanted = millis * 1_000_000;
      long tried = least;
      for (int round = 0; ; round++) {
        long start = System.nanoTime();
        new Pbkdf2(hash, new byte[Luks1Header.SALT_BYTES], tried).derive(secret, keyBytes).close();
        long took = Math.max(1, System.nanoTime() - start);
        boolean seen = took > Math.min(wanted, 200_000_000L);
        if (seen && (round > 3 || took > wanted)) {
          double exact = (double) tried * wanted / took;
          long most = 90_000_000L / Math.ceilDiv(keyBytes, hash.length());
          return Math.clamp((long) exact, least, most);
        }
        tried = Math.min(2 * tried, 50_000_000);
      }
    }
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
