package dev.platter.remote.s3;

import dev.platter.image.Sizes;
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

/** Objects in stores that speak S3: {@code s3://BUCKET/KEY}. */
public final class S3Provider implements StorageProvider {
  private static final String SCHEME = "s3";
  private static final String PART_SIZE = "part_size";
  private static final String REPLACE = "replace";

  private static final List<StorageOption> OPTIONS =
      List.of(
          new StorageOption(PART_SIZE, "bytes sent at a time (5M to 1G; 8M, later more)"),
          new StorageOption(REPLACE, "whether an object of that name is replaced (on)"));

  private final Duration silence;

  /** Found by {@link java.util.ServiceLoader}. */
  public S3Provider() {
    this(Duration.ofSeconds(60));
  }

  /**
   * @param silence how long a server may be silent
   */
  S3Provider(Duration silence) {
    this.silence = silence;
  }

  @Override
  public List<String> schemes() {
    return List.of(SCHEME);
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    S3Name name = S3Name.of(location);
    return withLibrary(() -> Opened.open(name, silence));
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new IOException(location + ": an object is made anew, and not written in place");
  }

  @Override
  public List<StorageOption> newOptions() {
    return OPTIONS;
  }

  @Override
  public Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    S3Name name = S3Name.of(location);
    long partSize = 0;
    if (options.containsKey(PART_SIZE)) {
      try {
        partSize = Sizes.parse(options.get(PART_SIZE));
      } catch (NumberFormatException e) {
        throw new IOException("Parameter '" + PART_SIZE + "' expects a number", e);
      }
      if (partSize < PartSizes.LEAST || partSize > PartSizes.MOST) {
        throw new IOException(PART_SIZE + ": 5M to 1G are possible, not " + partSize);
      }
    }
    boolean replaces =
        switch (options.getOrDefault(REPLACE, "on")) {
          case "on", "yes", "true" -> true;
          case "off", "no", "false" -> false;
          default -> throw new IOException("Parameter '" + REPLACE + "' expects 'on' or 'off'");
        };
    PartSizes sizes = partSize == 0 ? PartSizes.growing() : PartSizes.fixed(partSize);
    return Optional.of(withLibrary(() -> Opened.create(name, sizes, replaces, silence)));
  }

  private interface Call<T> {
    T run() throws IOException;
  }

  private static <T> T withLibrary(Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (NoClassDefFoundError e) {
      throw new IOException("s3:// takes the library software.amazon.awssdk:s3, not found", e);
    }
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    return S3Name.of(base).beside(name);
  }
}
