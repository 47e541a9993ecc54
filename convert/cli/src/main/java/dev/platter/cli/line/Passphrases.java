package dev.platter.cli.line;

import dev.platter.cipher.Secret;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Secrets;
import dev.platter.storage.FileNames;
import java.io.Console;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * The passphrases of one call: those that {@code --object} defines. Under our own name an image for
 * which none is named is opened with what the environment says, or the user types in.
 */
final class Passphrases implements Secrets {
  /** The variable of the environment; the launcher knows it, too. */
  static final String VARIABLE = "PLATTER_PASSPHRASE";

  private final Objects objects;
  private final boolean asks;

  /**
   * @param asks whether a passphrase may come from elsewhere
   */
  Passphrases(Objects objects, boolean asks) {
    this.objects = objects;
    this.asks = asks;
  }

  @Override
  public Secret named(String id) throws IllegalOptionException {
    Optional<Secret> found = objects.secret(id);
    if (found.isEmpty()) {
      throw new IllegalOptionException("No secret with id '" + id + "'");
    }
    return found.get().copy();
  }

  @Override
  public Optional<Secret> unnamed(String image) {
    if (!asks) {
      return Optional.empty();
    }
    String set = System.getenv(VARIABLE);
    if (set != null) {
      return Optional.of(Secret.taking(FileNames.bytes(set)));
    }
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return Optional.empty();
    }
    char[] typed = console.readPassword("Passphrase of %s: ", image);
    if (typed == null) {
      return Optional.empty();
    }
    ByteBuffer encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(typed));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    Arrays.fill(encoded.array(), (byte) 0);
    Arrays.fill(typed, '\0');
    return Optional.of(Secret.taking(bytes));
  }
}
