package dev.platter.remote.oci;

import dev.platter.remote.http.HttpException;
import dev.platter.remote.http.Patience;
import dev.platter.storage.Location;
import dev.platter.storage.NewStorage;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageOption;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.WritableStorage;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Disks in registries of containers: {@code oci://HOST[:PORT]/REPOSITORY[:TAG][@DIGEST]}. */
public final class OciProvider implements StorageProvider {
  private final Map<String, String> environment;
  private final Patience patience;

  /** Found by {@link java.util.ServiceLoader}. */
  public OciProvider() {
    this(System.getenv(), Registry.PATIENCE);
  }

  OciProvider(Map<String, String> environment, Patience patience) {
    this.environment = Map.copyOf(environment);
    this.patience = patience;
  }

  @Override
  public List<String> schemes() {
    return List.of("oci");
  }

  @Override
  public Storage openForReading(Location location) throws IOException {
    OciName name = OciName.of(location);
    Registry registry = new Registry(name, environment, "pull", patience);
    try {
      Manifest manifest = Manifest.fetch(registry, name);
      return new ImageFiles(registry, name, location.toString()).open(manifest);
    } catch (Throwable e) {
      registry.close();
      throw e;
    }
  }

  @Override
  public WritableStorage openForWriting(Location location) throws IOException {
    throw new HttpException("an image in a registry is made anew, and not written in place");
  }

  @Override
  public List<StorageOption> newOptions() {
    return PushOptions.ALL;
  }

  @Override
  public Optional<NewStorage> create(Location location, Map<String, String> options)
      throws IOException {
    OciName name = OciName.of(location);
    if (name.digest().isPresent() || name.platform().isPresent() || name.file().isPresent()) {
      throw new HttpException("a new image has a tag, and no digest, platform or file in its name");
    }
    PushOptions push = PushOptions.of(options);
    Registry registry = new Registry(name, environment, "pull,push", patience);
    try {
      return Optional.of(NewArtifact.begin(registry, name, location.toString(), push));
    } catch (Throwable e) {
      registry.close();
      throw e;
    }
  }

  @Override
  public Location beside(Location base, String name) throws IOException {
    throw new HttpException("nothing lies beside an image in a registry");
  }
}
