package dev.platter.image.luks;

import dev.platter.cipher.KeyDerivation;
import dev.platter.cipher.KeyDerivation.LimitException;
import dev.platter.cipher.Secret;
import dev.platter.image.Fault;
import java.io.IOException;

/**
 * Key derivation on behalf of one header: each is checked against its limits, and all of them
 * together may not take longer than the longest that is allowed several times over.
 */
final class Work {
  /** In iterations of PBKDF2, of which an ordinary core does some millions a second. */
  private static final long MOST = 400_000_000;

  private final Fault fault;
  private long done;

  Work(Fault fault) {
    this.fault = fault;
  }

  Secret derive(KeyDerivation derivation, Secret passphrase, int length) throws IOException {
    try {
      derivation.checkLimits(length);
      done += derivation.cost(length);
      if (done > MOST) {
        throw fault.unsupported("the key slots of the LUKS header take too long to be tried");
      }
      return derivation.derive(passphrase, length);
    } catch (LimitException e) {
      throw fault.unsupported("LUKS key slot: " + e.getMessage(), e);
    }
  }
}
