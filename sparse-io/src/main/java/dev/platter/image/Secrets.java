package dev.platter.image;

import dev.platter.cipher.Secret;
import java.util.Optional;

/** Where the passphrases are that options name, as {@code key-secret=ID}. */
public interface Secrets {
  /** There are none. */
  Secrets NONE =
      new Secrets() {
        @Override
        public Secret named(String id) throws IllegalOptionException {
          throw new IllegalOptionException("No secret with id '" + id + "'");
        }

        @Override
        public Optional<Secret> unnamed(String image) {
          return Optional.empty();
        }
      };

  /**
   * The secret of that name, for the caller to close.
   *
   * @throws IllegalOptionException if there is none, or it cannot be read
   */
  Secret named(String id) throws IllegalOptionException;

  /**
   * What opens an image for which nobody named a secret, for the caller to close; empty: nothing
   * does. May ask the user.
   *
   * @param image the name of its storage
   */
  Optional<Secret> unnamed(String image) throws IllegalOptionException;
}
