package dev.platter.cipher;

import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * How the sectors of a disk are encrypted, as headers and dm-crypt say it: {@code
 * aes-cbc-essiv:sha256}.
 *
 * @param algorithm the block cipher
 * @param mode how it is put to the blocks of a sector
 * @param generator what makes the sectors' initialization vectors
 * @param generatorHash with which hash, where the generator has one
 * @param keyBytes how long the key is, bytes; with XTS it is two keys
 */
public record CipherSpec(
    Algorithm algorithm,
    Mode mode,
    IvGenerator generator,
    Optional<Hash> generatorHash,
    int keyBytes) {
  /** How a block cipher is put to the blocks of a sector. */
  public enum Mode {
    ECB,
    CBC,
    CTR,
    XTS;

    /** How headers call it. */
    public String luksName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Understands a header's words.
   *
   * @param cipher as {@code aes}
   * @param modeWords as {@code xts-plain64} or {@code cbc-essiv:sha256}; {@code ecb} has no vectors
   * @throws NoSuchAlgorithmException if there is no such cipher, or no such combination
   */
  public static CipherSpec parse(String cipher, String modeWords, int keyBytes)
      throws NoSuchAlgorithmException {
    String words = cipher + "-" + modeWords;
    int dash = modeWords.indexOf('-');
    String mode = dash < 0 ? modeWords : modeWords.substring(0, dash);
    String vectors = dash < 0 ? "" : modeWords.substring(dash + 1);
    int colon = vectors.indexOf(':');
    String generator = colon < 0 ? vectors : vectors.substring(0, colon);
    Optional<Hash> hash = Optional.empty();
    if (colon >= 0) {
      hash = Hash.named(vectors.substring(colon + 1));
      if (hash.isEmpty()) {
        throw new NoSuchAlgorithmException(
            "hash " + vectors.substring(colon + 1) + " is not supported");
      }
    }
    CipherSpec spec =
        new CipherSpec(
            Algorithm.named(cipher).orElseThrow(() -> unknown("cipher", cipher)),
            Arrays.stream(Mode.values())
                .filter(known -> known.luksName().equals(mode))
                .findFirst()
                .orElseThrow(() -> unknown("mode", words)),
            generator.isEmpty() && mode.equals("ecb")
                ? IvGenerator.PLAIN64
                : IvGenerator.named(generator).orElseThrow(() -> unknown("IV generator", words)),
            hash,
            keyBytes);
    spec.check();
    return spec;
  }

  private static NoSuchAlgorithmException unknown(String what, String word) {
    return new NoSuchAlgorithmException(what + " " + word + " is not supported");
  }

  /**
   * @throws NoSuchAlgorithmException if the parts do not go together
   */
  public void check() throws NoSuchAlgorithmException {
    if (mode == Mode.XTS && algorithm.blockSize() != 16) {
      throw unknown("mode", this + " (blocks of " + algorithm.blockSize() + " bytes)");
    }
    if (!algorithm.keySizes().contains(cipherKeyBytes()) || mode == Mode.XTS && keyBytes % 2 != 0) {
      throw new NoSuchAlgorithmException("a key of " + keyBytes * 8 + " bits does not fit " + this);
    }
    boolean essiv = generator == IvGenerator.ESSIV;
    if (essiv && generatorHash.isEmpty()) {
      throw unknown("IV generator", this + " (without a hash)");
    }
    if (essiv && !algorithm.keySizes().contains(generatorHash.get().length())) {
      throw unknown("IV generator", this + " (the hash is no key of the cipher's)");
    }
  }

  /** The key of the cipher alone, bytes: with XTS half of it all. */
  public int cipherKeyBytes() {
    return mode == Mode.XTS ? keyBytes / 2 : keyBytes;
  }

  /** The mode and what makes the vectors, as headers write it. */
  public String modeWords() {
    return mode.luksName()
        + "-"
        + generator.luksName()
        + generatorHash.map(hash -> ":" + hash.luksName()).orElse("");
  }

  @Override
  public String toString() {
    return algorithm.luksName() + "-" + modeWords();
  }
}
