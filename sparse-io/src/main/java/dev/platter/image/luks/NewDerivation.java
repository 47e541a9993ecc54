package dev.platter.image.luks;

import dev.platter.cipher.Hash;
import dev.platter.cipher.KeyDerivation;
import dev.platter.cipher.KeyDerivation.Argon2;
import dev.platter.cipher.KeyDerivation.Pbkdf2;
import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.OptionSpec;
import java.security.SecureRandom;
import java.util.List;

/**
 * How a passphrase of version 2 is to be worked on, as options say it.
 *
 * @param millis how long, milliseconds
 * @param mostKib how much memory Argon2 may take
 */
record NewDerivation(String kind, long millis, long mostKib) {
  private static final String PBKDF = "pbkdf";
  private static final String MEMORY = "pbkdf-memory";
  private static final int SALT_BYTES = 32;
  private static final int KEY_BYTES = 64;
  private static final int LANES = 4;
  private static final long LEAST_KIB = 32;
  private static final long USUAL_KIB = 256 << 10;

  /** The fewest passes that other programs make. */
  private static final long LEAST_PASSES = 4;

  private static final long MOST_PASSES = 1000;

  static List<OptionSpec> specs(String prefix) {
    return List.of(
        new OptionSpec(
            prefix + PBKDF,
            OptionSpec.Type.STRING,
            "Key derivation of version 2 (argon2id, argon2i, pbkdf2)"),
        new OptionSpec(
            prefix + MEMORY, OptionSpec.Type.SIZE, "Memory that Argon2 takes at most (256M)"));
  }

  static NewDerivation of(FormatOptions options, String prefix) throws IllegalOptionException {
    String kind = options.string(prefix + PBKDF).orElse("argon2id");
    if (!List.of("argon2id", "argon2i", "pbkdf2").contains(kind)) {
      throw new IllegalOptionException("Parameter 'pbkdf' does not accept value '" + kind + "'");
    }
    long heap = Runtime.getRuntime().maxMemory() / 1024 / 4;
    long wanted = options.size(prefix + MEMORY).orElse(-1);
    if (wanted >= 0 && (wanted < LEAST_KIB * 1024 || wanted > (4L << 30))) {
      throw new IllegalOptionException("Parameter 'pbkdf-memory' expects 32 KiB to 4 GiB");
    }
    return new NewDerivation(
        kind,
        LuksOptions.millis(options, prefix),
        wanted >= 0 ? wanted / 1024 : Math.min(USUAL_KIB, heap));
  }

  /** Measures how much that is here; with a new salt. */
  KeyDerivation choose() throws IllegalOptionException {
    byte[] salt = new byte[SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    if (kind.equals("pbkdf2")) {
      return new Pbkdf2(Hash.SHA256, salt, NewLuks.iterations(Hash.SHA256, KEY_BYTES, millis));
    }
    double each = nanosPerKib(salt);
    double kib = millis * 1e6 / each;
    long memory = Math.clamp((long) (kib / LEAST_PASSES), LEAST_KIB, mostKib) / LANES * LANES;
    long passes = Math.clamp((long) (kib / memory), LEAST_PASSES, MOST_PASSES);
    Argon2 argon2 = new Argon2(kind.equals("argon2id"), salt, passes, memory, LANES);
    try {
      argon2.checkLimits(KEY_BYTES);
    } catch (KeyDerivation.LimitException e) {
      throw new IllegalOptionException(e.getMessage());
    }
    return argon2;
  }

  /** Code that is not compiled yet is slower, so that the last of some tries counts. */
  private double nanosPerKib(byte[] salt) {
    long memory = Math.min(mostKib, 1024) / LANES * LANES;
    double each = 0;
    try (Secret secret = Secret.random(16)) {
      for (int i = 0; i < (millis < 100 ? 1 : 8); i++) {
        long start = System.nanoTime();
        new Argon2(true, salt, 1, memory, LANES).derive(secret, KEY_BYTES).close();
        each = Math.max(1, System.nanoTime() - start) / (double) memory;
      }
    }
    return each;
  }
}
