package dev.platter;

import dev.platter.cipher.Secret;
import dev.platter.convert.TargetFile;
import dev.platter.image.FormatOptions;
import dev.platter.image.Identity;
import dev.platter.image.IllegalOptionException;
import dev.platter.image.Secrets;
import dev.platter.image.spi.CreateRequest;
import dev.platter.image.spi.ImageFormat;
import dev.platter.image.spi.SectorSizes;
import dev.platter.storage.Location;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Supplier;

/** What a new image shall be. */
final class NewImage {
  private final String formatName;
  private final List<String> options = new ArrayList<>();
  private Identity identity = Identity.random();
  private Secrets secrets = Secrets.NONE;

  NewImage(String formatName) {
    this.formatName = formatName;
  }

  void option(String key, String value) {
    options.add(key + "=" + value.replace(",", ",,"));
  }

  void seed(String text) {
    identity = Identity.seeded(text, Instant.EPOCH);
  }

  void passphrase(Supplier<Secret> source) {
    secrets = new OnePassphrase(source);
  }

  /** Refuses what can be refused before anything is opened. */
  void check() throws IllegalOptionException {
    parsed();
  }

  ImageFormat format() throws IllegalOptionException {
    return Formats.named(formatName);
  }

  private FormatOptions parsed() throws IllegalOptionException {
    return FormatOptions.parse(options, format().createOptions()).with(secrets);
  }

  CreateRequest request(long size, OptionalInt sectorSize, boolean compress, TargetFile target)
      throws IllegalOptionException {
    FormatOptions chosen = SectorSizes.kept(format(), parsed(), sectorSize);
    return new CreateRequest(size, chosen, compress, Optional.empty(), target, identity);
  }

  Path directoryOf(Path target) {
    return Location.directoryOf(target.toAbsolutePath());
  }
}
