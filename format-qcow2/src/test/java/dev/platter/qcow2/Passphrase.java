package dev.platter.qcow2;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.Limits;
import dev.platter.image.Secrets;
import dev.platter.image.spi.OpenRequest;
import dev.platter.qcow2.format.Encryption;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** The one secret of a test, whatever it is called. */
record Passphrase(String text) implements Secrets {
  static Passphrase of(String text) {
    return new Passphrase(text);
  }

  @Override
  public Secret named(String id) {
    return Secret.taking(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Optional<Secret> unnamed(String image) {
    return Optional.empty();
  }

  /** The options of an image with that kind of encryption. */
  FormatOptions options(String format) {
    return FormatOptions.none()
        .with(Encryption.FORMAT, format)
        .with(Encryption.KEY_SECRET, "s")
        .with(this);
  }

  /** Opens such an image. */
  OpenRequest request(String format) {
    return new OpenRequest(
        Limits.DEFAULT, OpenRequest.strict().outside(), Optional.empty(), options(format));
  }
}
