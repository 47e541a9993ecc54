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
   * The options, but for the secret, in the order in which {@code create} tells them.
   *
   * @param prefix before the name of each
   */
  public static List<OptionSpec> specs(String prefix) {
    return List.of(
        named(prefix + "cipher-alg", "encryption cipher algorithm"),
        named(prefix + "cipher-mode", "encryption cipher mode"),
        named(prefix + "ivgen-alg", "IV generator algorithm"),
        named(prefix + "ivgen-hash-alg", "IV generator hash algorithm"),
        named(prefix + "hash-alg", "encryption hash algorithm"),
        new OptionSpec(
            prefix + "iter-time",
            OptionSpec.Type.NUMBER,
            "Time to spend in PBKDF in milliseconds"));
  }

  private static OptionSpec named(String option, String what) {
    return new OptionSpec(option, OptionSpec.Type.STRING, "Name of " + what);
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
