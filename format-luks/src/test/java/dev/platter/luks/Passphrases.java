package dev.platter.luks;

import dev.platter.cipher.Secret;
import dev.platter.image.FormatOptions;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Limits;
import dev.platter.image.Secrets;
import dev.platter.image.spi.OpenRequest;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Secrets of a test, by their names. */
record Passphrases(Map<String, String> texts) implements Secrets {
  /** One that is called "s". */
  static Passphrases of(String text) {
    return new Passphrases(Map.of("s", text));
  }

  @Override
  public Secret named(String id) throws IllegalOptionException {
    String text = texts.get(id);
    if (text == null) {
      throw new IllegalOptionException("No secret with id '" + id + "'");
    }
    return Secret.taking(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Optional<Secret> unnamed(String image) {
    return Optional.empty();
  }

  /** Opens an image with the secret "s". */
  OpenRequest request() {
    return new OpenRequest(
        Limits.DEFAULT,
        OpenRequest.strict().outside(),
        Optional.empty(),
        FormatOptions.none().with(LuksFormat.KEY_SECRET, "s").with(this));
  }
}
