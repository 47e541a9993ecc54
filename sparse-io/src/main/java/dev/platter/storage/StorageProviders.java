package dev.platter.storage;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;

/** The providers that are present, and the one of files and devices among them. */
public final class StorageProviders {
  private StorageProviders() {}

  /**
   * The provider of a scheme.
   *
   * @throws UnknownSchemeException if there is none, or none that works without a network where
   *     this process has none
   */
  public static StorageProvider of(String scheme) throws UnknownSchemeException {
    if (scheme.equals(Location.FILE)) {
      return Files.PROVIDER;
    }
    if (HandedFiles.isConfined()) {
      throw new UnknownSchemeException(
          scheme, "is not permitted: there is no network in a sandbox");
    }
    StorageProvider found = among(Elsewhere.PRESENT, scheme);
    if (found == null) {
      found = among(Beside.PRESENT, scheme);
    }
    if (found == null) {
      throw new UnknownSchemeException(scheme, null);
    }
    return found;
  }

  /** Whether something opens what has this scheme. */
  public static boolean knows(String scheme) {
    return scheme.equals(Location.FILE)
        || among(Elsewhere.PRESENT, scheme) != null
        || among(Beside.PRESENT, scheme) != null;
  }

  private static StorageProvider among(List<StorageProvider> providers, String scheme) {
    for (StorageProvider provider : providers) {
      if (provider.schemes().contains(scheme)) {
        return provider;
      }
    }
    return null;
  }

  /** No provider has the scheme. */
  public static final class UnknownSchemeException extends IOException {
    private static final long serialVersionUID = 1L;

    /**
     * @param why it is of no use here; null: nobody knows it
     */
    UnknownSchemeException(String scheme, String why) {
      super(why == null ? "Unknown protocol '" + scheme + "'" : "Protocol '" + scheme + "' " + why);
    }
  }

  /** Looked for once a scheme is named that is not that of files. */
  private static final class Elsewhere {
    static final List<StorageProvider> PRESENT =
        List.copyOf(Services.offered(StorageProvider.class));
  }

  /** Looked for, in jars that the runtime does not hold, once no other knows a scheme. */
  private static final class Beside {
    /** The directory of the jars, where there is one. */
    private static final String DIRECTORY = "platter.providers.dir";

    static final List<StorageProvider> PRESENT = present();

    private static List<StorageProvider> present() {
      String directory = System.getProperty(DIRECTORY);
      if (directory == null) {
        return List.of();
      }
      List<URL> jars = new ArrayList<>();
      try (DirectoryStream<Path> files =
          java.nio.file.Files.newDirectoryStream(Path.of(directory), "*.jar")) {
        for (Path jar : files) {
          jars.add(jar.toUri().toURL());
        }
      } catch (IOException e) {
        return List.of(); // that there is no such scheme is what is told
      }
      // Open as long as the process runs, as what it loads is.
      ClassLoader loader =
          new URLClassLoader(jars.toArray(URL[]::new), StorageProviders.class.getClassLoader());
      List<StorageProvider> providers = new ArrayList<>();
      ServiceLoader.load(StorageProvider.class, loader).forEach(providers::add);
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
