package dev.platter.remote.ebs;

import dev.platter.remote.http.Patience;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageOption;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Snapshots in EBS: {@code ebs:snap-0123456789abcdef0} is one that is there, {@code ebs:NAME} a new
 * one, whose tag Name says so.
 */
public final class EbsProvider implements StorageProvider {
  private static final String SCHEME = "ebs";
  private static final String ENCRYPTED = "encrypted";
  private static final String KMS_KEY = "kms_key";

  private static final List<StorageOption> OPTIONS =
      List.of(
          new StorageOption(ENCRYPTED, "whether EBS encrypts the snapshot (as the account says)"),
          new StorageOption(KMS_KEY, "the ARN of the key for that"));

  private final Patience patience;

  /** Found by {@link java.util.ServiceLoader}. */
  public EbsProvider() {
    this(Patience.of(Duration.ofSeconds(60)));
  }

  EbsProvider(Patience patience) {
    this.patience = patience;
  }

  @Override
  public List<String> schemes() {
    return List.of(SCHEME);
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    String name = name(location);
    if (!name.matches("snap-[0-9a-f]{8,17}")) {
      throw new IOException(location + ": a snapshot is read by its number: ebs:snap-...");
    }
    return withLibrary(() -> SnapshotStorage.open(name, location.toString(), patience));
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new IOException(location + ": a snapshot is made anew, and not written in place");
  }

  @Override
  public List<StorageOption> newOptions() {
    return OPTIONS;
  }

  @Override
  public Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    String name = name(location);
    if (name.startsWith("snap-")) {
      throw new IOException(location + ": EBS gives the numbers; a new snapshot is ebs:NAME");
    }
    String key = options.getOrDefault(KMS_KEY, "");
    Optional<Boolean> encrypted =
        switch (options.getOrDefault(ENCRYPTED, key.isEmpty() ? "" : "on")) {
          case "" -> Optional.empty();
          case "on", "yes", "true" -> Optional.of(true);
          case "off", "no", "false" -> Optional.of(false);
          default -> throw new IOException("Parameter '" + ENCRYPTED + "' expects 'on' or 'off'");
        };
    if (!key.isEmpty() && !encrypted.orElse(false)) {
      throw new IOException(KMS_KEY + " is for a snapshot that is encrypted");
    }
    Optional<String> kmsKey = Optional.of(key).filter(text -> !text.isEmpty());
    return Optional.of(
        withLibrary(() ->
            NewSnapshot.begin(
                location.toString(), new NewSnapshot.Wanted(name, encrypted, kmsKey), patience)));
  }

  private static String name(Location location) throws IOException {
    String name = location.toString().substring(Math.min(location.toString().length(), 4));
    if (!location.options().isEmpty() || !name.matches("[A-Za-z0-9][ -~]{0,254}")) {
      throw new IOException(location + ": a snapshot is named ebs:snap-..., a new one ebs:NAME");
    }
    return name;
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> T withLibrary(Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (NoClassDefFoundError e) {
      throw new IOException("ebs: takes the library software.amazon.awssdk:s3, not found", e);
    }
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    throw new IOException("nothing lies beside a snapshot in EBS");
  }
}
