package dev.platter.image.luks;

import dev.platter.cipher.Algorithm;
import dev.platter.cipher.CipherSpec;
import dev.platter.cipher.Hash;
import dev.platter.cipher.IvGenerator;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How a disk shall be encrypted, as qemu-img's options say it.
 *
 * @param spec the cipher
 * @param hash of the header
 * @param iterMillis how long a passphrase is to be worked on, milliseconds
 */
public record LuksOptions(CipherSpec spec, Hash hash, long iterMillis) {
  /** The option that names the secret. */
  public static final String KEY_SECRET = "key-secret";

  /** How long one is worked on whether or not the user says so. */
  static final long USUAL_MILLIS = 2000;

  /**
   * The options, in the order in which {@code create} tells them.
   *
   * @param prefix before the name of each
   */
  public static List<OptionSpec> specs(String prefix) {
    return List.of(
        new OptionSpec(
            prefix + KEY_SECRET,
            OptionSpec.Type.STRING,
            "ID of the secret that provides the keyslot passphrase"),
        new OptionSpec(
            prefix + "cipher-alg",
            OptionSpec.Type.STRING,
            "Encryption cipher: aes-256 (and -128, -192), serpent, twofish likewise, cast5-128"),
        new OptionSpec(
            prefix + "cipher-mode",
            OptionSpec.Type.STRING,
            "Encryption cipher mode: xts, cbc, ctr, ecb"),
        new OptionSpec(
            prefix + "ivgen-alg", OptionSpec.Type.STRING, "IV generator: plain64, plain, essiv"),
        new OptionSpec(
            prefix + "ivgen-hash-alg",
            OptionSpec.Type.STRING,
            "Hash of the IV generator essiv: sha256"),
        new OptionSpec(
            prefix + "hash-alg",
            OptionSpec.Type.STRING,
            "Hash of the header: sha256, sha1, sha224, sha384, sha512, ripemd160"),
        new OptionSpec(
            prefix + "iter-time",
            OptionSpec.Type.NUMBER,
            "Time to spend on a passphrase, in milliseconds (2000)"));
  }

  /** Understands the options with that prefix. */
  public static LuksOptions of(FormatOptions options, String prefix) throws IllegalOptionException {
    String cipherKey = prefix + "cipher-alg";
    String cipher = options.string(cipherKey).orElse("aes-256");
    int dash = cipher.indexOf('-');
    Optional<Algorithm> algorithm =
        dash < 0 ? Optional.empty() : Algorithm.named(cipher.substring(0, dash));
    int keyBytes = keyBytes(cipher.substring(dash + 1));
    if (algorithm.isEmpty() || !algorithm.get().keySizes().contains(keyBytes)) {
      throw noSuch("cipher-alg", cipher);
    }
    String modeName = options.string(prefix + "cipher-mode").orElse("xts");
    CipherSpec.Mode mode =
        Arrays.stream(CipherSpec.Mode.values())
            .filter(known -> known.luksName().equals(modeName))
            .findFirst()
            .orElseThrow(() -> noSuch("cipher-mode", modeName));
    String generatorName = options.string(prefix + "ivgen-alg").orElse("plain64");
    IvGenerator generator =
        IvGenerator.named(generatorName).orElseThrow(() -> noSuch("ivgen-alg", generatorName));
    Optional<Hash> generatorHash = Optional.empty();
    if (generator == IvGenerator.ESSIV) {
      generatorHash =
          Optional.of(hash(options.string(prefix + "ivgen-hash-alg"), "ivgen-hash-alg"));
    }
    CipherSpec spec =
        new CipherSpec(
            algorithm.get(),
            mode,
            generator,
            generatorHash,
            mode == CipherSpec.Mode.XTS ? 2 * keyBytes : keyBytes);
    try {
      spec.check();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalOptionException(e.getMessage());
    }
    return new LuksOptions(
        spec, hash(options.string(prefix + "hash-alg"), "hash-alg"), millis(options, prefix));
  }

  /** How long a passphrase is to be worked on. */
  static long millis(FormatOptions options, String prefix) throws IllegalOptionException {
    OptionalLong millis = options.number(prefix + "iter-time");
    if (millis.isPresent() && (millis.getAsLong() < 1 || millis.getAsLong() > 600_000)) {
      throw new IllegalOptionException(
          "Parameter '" + prefix + "iter-time' expects 1 to 600000 milliseconds");
    }
    return millis.orElse(USUAL_MILLIS);
  }

  private static Hash hash(Optional<String> name, String option) throws IllegalOptionException {
    if (name.isEmpty()) {
      return Hash.SHA256;
    }
    return Hash.named(name.get()).orElseThrow(() -> noSuch(option, name.get()));
  }

  private static int keyBytes(String bits) {
    try {
      return Integer.parseInt(bits) / 8;
    } catch (NumberFormatException e) {
      return 0;
    }
  }

  private static IllegalOptionException noSuch(String option, String value) {
    return new IllegalOptionException(
        "Parameter '" + option + "' does not accept value '" + value + "'");
  }
}
