package dev.platter.cli.source;

import dev.platter.cipher.Secret;
import dev.platter.cli.text.Reasons;
import dev.platter.image.name.ImageName;
import dev.platter.image.node.Nodes;
import dev.platter.image.spi.FileUse;
import dev.platter.image.spi.StorageOpener;
import dev.platter.storage.FileNames;
import dev.platter.storage.FileOption;
import dev.platter.storage.FileStorage;
import dev.platter.storage.Location;
import dev.platter.storage.LockedException;
import dev.platter.storage.Storage;
import dev.platter.storage.StorageProvider;
import dev.platter.storage.StorageProviders;
import dev.platter.storage.SystemException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Opens files and devices as the cache mode asks, locks them for what the command does, and says
 * what went wrong as qemu-img does.
 */
public final class FileOpener implements StorageOpener {
  private static final int EINVAL = 22;

  private final FileOption[] options;
  private final Access access;
  private final ImageName name;
  private final Location own;

  /**
   * @param access for the image and all that belongs to it
   * @param name what the user says of the image's own file
   * @param own where that file is
   */
  public FileOpener(Access access, ImageName name, Location own) {
    this.options =
        access.cache().isDirect() ? new FileOption[] {FileOption.DIRECT} : new FileOption[0];
    this.access = access;
    this.name = name;
    this.own = own;
  }

  @Override
  public Storage open(Location location) throws IOException {
    if (location.path().isEmpty()) {
      return openElsewhere(location);
    }
    Path file = location.file();
    try {
      FileStorage storage =
          changes(location)
              ? FileStorage.openForWriting(file, options)
              : FileStorage.openForReading(file, options);
      if (storage.isRegularFile() || storage.isBlockDevice()) {
        return storage;
      }
      storage.close();
    } catch (IOException e) {
      if (!Files.isDirectory(file)) {
        throw new CannotOpenException(location, reason(location, e), e);
      }
    }
    throw new CannotOpenException(
        location,
        "'file' driver requires '" + FileNames.text(file) + "' to be a regular file",
        null);
  }

  private Storage openElsewhere(Location location) throws IOException {
    try {
      if (Nodes.isMade(location)) {
        return openMade(location);
      }
      StorageProvider provider = StorageProviders.of(location.scheme());
      return changes(location)
          ? provider.openForWriting(location)
          : provider.openForReading(location, this::secret);
    } catch (CannotOpenException e) {
      throw new CannotOpenException(location, e.reason(), e);
    } catch (IOException e) {
      throw new CannotOpenException(location, Reasons.of(e), e);
    }
  }

  private byte[] secret(String id) throws IOException {
    try (Secret secret = access.passphrases().named(id)) {
      return secret.toArray();
    }
  }

  /** What a driver makes of files below it, which are the image's own as it is itself. */
  private Storage openMade(Location location) throws IOException {
    boolean isOwn = location.equals(own);
    return Nodes.open(
        location,
        new Nodes.Terms(
            access.profile().probed(Source.FORMATS),
            access.profile().references(),
            below -> isOwn ? new FileOpener(access, name, below) : this,
            access.objects().throttles(),
            access.passphrases(),
            changes(location)));
  }

  /** Opens and locks the image's own file. */
  public Storage openLocked(FileUse.Part part) throws IOException {
    Storage storage = open(own);
    try {
      lock(storage, part);
      return storage;
    } catch (Throwable e) {
      storage.close();
      throw e;
    }
  }

  private void lockBelow(Storage made, Storage below, FileUse.Part part) throws IOException {
    if (!made.name().equals(own.toString())) {
      lock(below, part);
      return;
    }
    try {
      new FileOpener(access, name, Location.of(FileNames.path(below.name()))).lock(below, part);
    } catch (CannotOpenException e) {
      throw new CannotOpenException(own, e.reason(), (IOException) e.getCause());
    }
  }

  /** Only the image itself, and perhaps some below it, are changed; all else is read. */
  private boolean changes(Location location) {
    return access.use() == FileUse.CHANGE
        && (location.equals(own) || access.alsoChanged().contains(location));
  }

  @Override
  public void lock(Storage storage, FileUse.Part part) throws IOException {
    if (!(storage instanceof FileStorage file)) {
      for (Storage below : Nodes.filesBelow(storage)) {
        lockBelow(storage, below, part);
      }
      return;
    }
    Location opened = Location.of(FileNames.path(file.name()));
    try {
      if (opened.equals(own)) {
        file.lock(access.under(name.fileLocking()).of(part));
      } else if (changes(opened)) {
        file.lock(access.of(part));
      } else if (access.use() != FileUse.CHANGE || part != FileUse.Part.OUTSIDE) {
        // Whoever changes an image opens what it names once more, for writing, and locks that.
        file.lock(access.below().of(part));
      }
    } catch (LockedException e) {
      throw part == FileUse.Part.OUTSIDE ? e : new CannotOpenException(opened, e.reason(), e);
    }
  }

  /** As qemu-img, the name that the user gave is said twice. */
  private String reason(Location location, IOException e) {
    boolean isSaid = location.equals(own) && !access.profile().asQemuImg();
    String text = isSaid ? "" : "Could not open '" + FileNames.text(location.file()) + "': ";
    return options.length > 0 && e instanceof SystemException system && system.errno() == EINVAL
        ? text + "the file system does not do direct I/O (cache mode 'none' or 'directsync')"
        : text + Reasons.of(e);
  }
}
