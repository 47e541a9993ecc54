package dev.platter.storage;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The providers that are present, and the one of files and devices among them. */
public final class StorageProviders {
  private StorageProviders() {}

  /**
   * The provider of a scheme.
   *
   * @throws UnknownSchemeException if there is none
   */
  public static StorageProvider of(String scheme) throws UnknownSchemeException {
    if (scheme.equals(Location.FILE)) {
      return Files.PROVIDER;
    }
    for (StorageProvider provider : Elsewhere.PRESENT) {
      if (provider.schemes().contains(scheme)) {
        return provider;
      }
    }
    throw new UnknownSchemeException(scheme);
  }

  /** Whether something opens what has this scheme. */
  public static boolean knows(String scheme) {
    if (scheme.equals(Location.FILE)) {
      return true;
    }
    for (StorageProvider provider : Elsewhere.PRESENT) {
      if (provider.schemes().contains(scheme)) {
        return true;
      }
    }
    return false;
  }

  /** No provider has the scheme. */
  public static final class UnknownSchemeException extends IOException {
    private static final long serialVersionUID = 1L;

    UnknownSchemeException(String scheme) {
      super("Unknown protocol '" + scheme + "'");
    }
  }

  /** Looked for once a scheme is named that is not that of files. */
  private static final class Elsewhere {
    static final List<StorageProvider> PRESENT = present();

    private static List<StorageProvider> present() {
      List<StorageProvider> providers = new ArrayList<>();
      ServiceLoader.load(StorageProvider.class).forEach(providers::add);
      return List.copyOf(providers);
    }
  }

  /** Files and devices. */
  private static final class Files implements StorageProvider {
    static final Files PROVIDER = new Files();

    @Override
    public List<String> schemes() {
      return List.of(Location.FILE);
    }

    @Override
    public Storage openForReading(Location location) throws IOException {
      return FileStorage.openForReading(location.file());
    }

    @Override
    public WritableStorage openForWriting(Location location) throws IOException {
      return FileStorage.openForWriting(location.file());
    }

    @Override
    public Location beside(Location base, String name) {
      return Location.of(Location.directoryOf(base.file()).resolve(FileNames.path(name)));
    }
  }
}
