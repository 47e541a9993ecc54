package dev.platter.server.store;

import dev.platter.server.config.StoreConfig;
import dev.platter.service.OwnerOnly;
import dev.platter.service.store.DirectoriesStore;
import dev.platter.service.store.FileStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the settings say of a store in one directory or several.
 *
 * @param marker the name of a file that each directory must have; nothing: none
 * @param permissions what images are open to; nothing: to the service alone
 */
record FileSettings(
    StoreConfig config,
    List<StoreConfig.Directory> directories,
    boolean thin,
    Optional<String> marker,
    Optional<Set<PosixFilePermission>> permissions) {
  private static final String MARKER = "filesystem_store_marker";
  private static final String PERMISSIONS = "filesystem_store_file_perm";

  static FileSettings read(StoreConfig config) {
    if (config.text("filesystem_store_metadata_file", null) != null) {
      throw config.wrong(
          "filesystem_store_metadata_file", "locations have no metadata of a store's here");
    }
    String marker = config.text(MARKER, "");
    if (marker.contains("/")) {
      throw config.wrong(MARKER, "the name of a file is expected, without a directory");
    }
    List<StoreConfig.Directory> directories = config.directories();
    if (directories.isEmpty()) {
      throw config.wrong("filesystem_store_datadir", "is missing");
    }
    return new FileSettings(
        config,
        directories,
        config.flag("filesystem_thin_provisioning", true),
        marker.isEmpty() ? Optional.empty() : Optional.of(marker),
        permissions(config));
  }

  private static Optional<Set<PosixFilePermission>> permissions(StoreConfig config) {
    String text = config.text(PERMISSIONS, "0");
    if (text.matches("0+|-[0-9]+")) {
      return Optional.empty();
    }
    if (!text.matches("0*[0-7]{3}")) {
      throw config.wrong(PERMISSIONS, "permissions in octal are expected, as 640, not " + text);
    }
    int bits = Integer.parseInt(text, 8);
    Set<PosixFilePermission> permissions = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values(); // from the owner's to read on
    for (int i = 0; i < all.length; i++) {
      if ((bits & (1 << (all.length - 1 - i))) != 0) {
        permissions.add(all[i]);
      }
    }
    return Optional.of(permissions);
  }

  Stores.Entry open() throws IOException {
    if (directories.size() == 1) {
      FileStore store = open(directories.getFirst().path());
      return new Stores.Entry(store, config, store::locationOf);
    }
    List<DirectoriesStore.Place> places = new ArrayList<>();
    for (StoreConfig.Directory directory : directories) {
      places.add(new DirectoriesStore.Place(open(directory.path()), directory.priority()));
    }
    DirectoriesStore store = new DirectoriesStore(places);
    return new Stores.Entry(store, config, store::locationOf);
  }

  private FileStore open(Path directory) throws IOException {
    boolean mounted = marker.isPresent(); // then a directory is nobody's to make
    if (!mounted && !Files.isDirectory(directory) && Files.isDirectory(directory.getParent())) {
      // A missing directory may be a file system that is not mounted: only our own is made.
      OwnerOnly.makeDirectory(directory);
    }
    FileStore store = FileStore.in(config.id(), config.description(), directory).thin(thin);
    store = marker.isPresent() ? store.requireMarker(marker.get()) : store;
    return permissions.isPresent() ? store.permitting(permissions.get()) : store;
  }
}
