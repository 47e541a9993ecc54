package dev.platter;

import dev.platter.cipher.Secret;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Secrets;
import java.util.Optional;
import java.util.function.Supplier;

/** The passphrase of an image, of which no option has to tell the name. */
record OnePassphrase(Supplier<Secret> source) implements Secrets {
  @Override
  public Secret named(String id) throws IllegalOptionException {
    return Secrets.NONE.named(id);
  }

  @Override
  public Optional<Secret> unnamed(String image) {
    return Optional.of(source.get());
  }
}
